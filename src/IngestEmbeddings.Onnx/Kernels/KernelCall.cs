using System.Runtime.InteropServices;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>A tensor that ONNX Runtime owns; valid during the call of an operator.</summary>
internal readonly unsafe struct KernelTensor(nint handle)
{
    private readonly nint _handle = handle;

    /// <summary>The values of a tensor of floats, the last dimension running fastest.</summary>
    public float* Data { get; } = (float*)DataOf(handle);

    /// <summary>The values of a tensor of bytes.</summary>
    public byte* Bytes => (byte*)Data;

    /// <summary>The values of a tensor of signed bytes.</summary>
    public sbyte* Levels => (sbyte*)Data;

    /// <summary>The values of a tensor of 32-bit integers.</summary>
    public int* Integers => (int*)Data;

    /// <summary>The dimensions. Asked for again each time, which takes longer than many a kernel's row.</summary>
    public long[] Shape()
    {
        nint info;
        OrtNative.Check(OrtNative.TensorShape(_handle, &info));
        nuint count;
        OrtNative.Check(OrtNative.DimensionCount(info, &count));
        var shape = new long[count];
        fixed (long* dimensions = shape)
        {
            OrtNative.Check(OrtNative.Dimensions(info, dimensions, count));
        }

        OrtNative.ReleaseShape(info);
        return shape;
    }

    private static void* DataOf(nint handle)
    {
        void* data;
        OrtNative.Check(OrtNative.TensorData(handle, &data));
        return data;
    }
}

/// <summary>One call of an operator: what it gets, where its result goes, and the threads of the session.</summary>
internal readonly unsafe struct KernelCall(nint context)
{
    private readonly nint _context = context;

    public KernelTensor Input(int index)
    {
        nint tensor;
        OrtNative.Check(OrtNative.Input(_context, (nuint)index, &tensor));
        return new KernelTensor(tensor);
    }

    /// <summary>The value of an input that must be one number.</summary>
    /// <exception cref="InvalidOperationException">It is none or several.</exception>
    public float Scalar(int index)
    {
        var input = Input(index);
        KernelShape.Require(input.Shape().All(static size => size == 1), "An operator takes one number where it got several.");
        return *input.Data;
    }

    /// <summary>Allocates a result.</summary>
    public KernelTensor Output(int index, long[] shape)
    {
        nint tensor;
        fixed (long* dimensions = shape)
        {
            OrtNative.Check(OrtNative.Output(_context, (nuint)index, dimensions, (nuint)shape.Length, &tensor));
        }

        return new KernelTensor(tensor);
    }

    /// <summary>Runs parts of the work on the session's threads, this one included; on this alone where it has no others.</summary>
    /// <param name="count">How many parts.</param>
    /// <param name="body">Does one part; called from several threads at once.</param>
    public void Parallel(int count, Action<int> body)
    {
        var work = new Work(body);
        var handle = GCHandle.Alloc(work);
        try
        {
            OrtNative.Check(OrtNative.ParallelFor(_context, &RunPart, (nuint)count, (void*)GCHandle.ToIntPtr(handle)));
        }
        finally
        {
            handle.Free();
        }

        if (work.Fault is { } fault)
        {
            throw new InvalidOperationException(fault.Message, fault);
        }
    }

    // No exception may leave a method that native code called.
    [UnmanagedCallersOnly]
    private static void RunPart(void* data, nuint part)
    {
        var work = (Work)GCHandle.FromIntPtr((nint)data).Target!;
        try
        {
            work.Body((int)part);
        }
        catch (Exception exception)
        {
            work.Fault = exception;
        }
    }

    private sealed class Work(Action<int> body)
    {
        public Action<int> Body => body;

        public Exception? Fault { get; set; }
    }
}
