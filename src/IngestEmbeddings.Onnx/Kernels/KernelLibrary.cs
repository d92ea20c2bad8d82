using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// The operators that this project adds to ONNX Runtime, in a domain of their own. They stand for groups of operators that
/// ONNX Runtime runs one after the other, each with a pass over memory of its own.
/// </summary>
internal static unsafe class KernelLibrary
{
    /// <summary>The domain of the operators.</summary>
    public const string Domain = "ingest_embeddings";

    /// <summary>The version of <c>OrtCustomOp</c> that is filled in: the first whose calls can report an error.</summary>
    private const uint StructureVersion = 16;

    /// <summary>Of ONNXTensorElementDataType.</summary>
    private const int Float = 1;
    private const int Byte = 2;
    private const int Int8 = 3;
    private const int Int32 = 6;
    private const int Int64 = 7;

    private const int MaxInputs = 8;
    private const int MaxOutputs = 4;

    /// <summary>What <see cref="ProductRows"/> takes.</summary>
    private static readonly int[] Product = [Int32, Float, Int8, Float];

    // Made once for the process and never freed: sessions refer to it as long as they live.
    private static readonly nint Handle = Create();

    /// <summary>True where the operators are faster than what they stand for: with AVX-512, for which they are written.</summary>
    public static bool IsFast => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>Makes the operators known to a session.</summary>
    public static void Register(SessionOptions options) => OrtNative.Check(OrtNative.AddDomain(options.DangerousGetHandle(), Handle));

    private static nint Create()
    {
        nint domain;
        OrtNative.Check(OrtNative.CreateDomain(Utf8(Domain), &domain));
        Add(domain, GeluKernel.Name, [Float], [Byte, Float, Byte], &GeluKernel.Run);
        Add(domain, AddNormKernel.Name, [Float, Float, Float, Float, Float], [Float, Byte, Float, Byte], &AddNormKernel.Run);
        Add(domain, AttentionKernel.Name, [Float, Float, Float, Float, Float], [Float], &AttentionKernel.Run);
        Add(domain, RowKernels.Quantize, [Float], [Byte, Float], &RowKernels.RunQuantize);
        Add(domain, RowKernels.Scale, Product, [Float], &RowKernels.RunScale);
        Add(domain, RowKernels.Gelu, Product, [Byte, Float], &RowKernels.RunGelu);
        Add(domain, RowKernels.Norm, [Float, Float, Float, Float], [Float, Byte, Float], &RowKernels.RunNorm);
        Add(domain, RowKernels.AddNorm, [.. Product, Float, Float, Float, Float], [Float, Byte, Float], &RowKernels.RunAddNorm);
        Add(domain, AttentionKernel.RowsName, [.. Product, Float, Float, Int64], [Float, Byte, Float], &AttentionKernel.RunRows);
        return domain;
    }

    private static void Add(
        nint domain, string name, ReadOnlySpan<int> inputs, ReadOnlySpan<int> outputs, delegate*<KernelCall, void> run)
    {
        var op = (Operator*)NativeMemory.AllocZeroed((nuint)sizeof(Operator));
        op->Version = StructureVersion;
        op->GetName = &GetName;
        op->GetProvider = &GetProvider;
        op->GetInputType = &GetInputType;
        op->GetInputCount = &GetInputCount;
        op->GetOutputType = &GetOutputType;
        op->GetOutputCount = &GetOutputCount;
        op->Destroy = &Destroy;
        op->GetInputKind = &GetKind;
        op->GetOutputKind = &GetKind;
        op->GetInputMemory = &GetKind;
        op->CreateKernel2 = &CreateKernel;
        op->Compute2 = &Compute;
        op->Name = Utf8(name);
        op->Inputs = (nuint)inputs.Length;
        op->Outputs = (nuint)outputs.Length;
        inputs.CopyTo(new Span<int>(op->InputTypes, MaxInputs));
        outputs.CopyTo(new Span<int>(op->OutputTypes, MaxOutputs));
        op->Run = run;
        OrtNative.Check(OrtNative.AddOperator(domain, op));
    }

    private static byte* Utf8(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    [UnmanagedCallersOnly]
    private static nint Compute(void* kernel, nint context)
    {
        try
        {
            ((Operator*)kernel)->Run(new KernelCall(context));
            return 0;
        }
        catch (Exception exception)
        {
            // No exception may leave a method that native code called; the status becomes one again in the caller's session.
            return OrtNative.CreateStatus(exception.Message);
        }
    }

    /// <summary>The operators have no state: the operator itself is the kernel.</summary>
    [UnmanagedCallersOnly]
    private static nint CreateKernel(Operator* op, nint api, nint info, void** kernel)
    {
        *kernel = op;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static void Destroy(void* kernel)
    {
    }

    [UnmanagedCallersOnly]
    private static byte* GetName(Operator* op) => op->Name;

    [UnmanagedCallersOnly]
    private static byte* GetProvider(Operator* op) => null;

    [UnmanagedCallersOnly]
    private static int GetInputType(Operator* op, nuint index) => op->InputTypes[index];

    [UnmanagedCallersOnly]
    private static int GetOutputType(Operator* op, nuint index) => op->OutputTypes[index];

    [UnmanagedCallersOnly]
    private static nuint GetInputCount(Operator* op) => op->Inputs;

    [UnmanagedCallersOnly]
    private static nuint GetOutputCount(Operator* op) => op->Outputs;

    /// <summary>Every input is required, and lies in the memory of the processor.</summary>
    [UnmanagedCallersOnly]
    private static int GetKind(Operator* op, nuint index) => 0;

    /// <summary><c>OrtCustomOp</c> of onnxruntime_c_api.h, field for field, and behind it what the calls above need.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Operator
    {
        public uint Version;
        public nint CreateKernel;
        public delegate* unmanaged<Operator*, byte*> GetName;
        public delegate* unmanaged<Operator*, byte*> GetProvider;
        public delegate* unmanaged<Operator*, nuint, int> GetInputType;
        public delegate* unmanaged<Operator*, nuint> GetInputCount;
        public delegate* unmanaged<Operator*, nuint, int> GetOutputType;
        public delegate* unmanaged<Operator*, nuint> GetOutputCount;
        public nint Compute;
        public delegate* unmanaged<void*, void> Destroy;
        public delegate* unmanaged<Operator*, nuint, int> GetInputKind;
        public delegate* unmanaged<Operator*, nuint, int> GetOutputKind;
        public delegate* unmanaged<Operator*, nuint, int> GetInputMemory;
        public nint GetVariadicInputMinimum;
        public nint GetVariadicInputSame;
        public nint GetVariadicOutputMinimum;
        public nint GetVariadicOutputSame;
        public delegate* unmanaged<Operator*, nint, nint, void**, nint> CreateKernel2;
        public delegate* unmanaged<void*, nint, nint> Compute2;

        public byte* Name;
        public nuint Inputs;
        public nuint Outputs;
        public fixed int InputTypes[MaxInputs];
        public fixed int OutputTypes[MaxOutputs];
        public delegate*<KernelCall, void> Run;
    }
}
