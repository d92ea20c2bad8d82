using System.Runtime.InteropServices;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// The few functions of ONNX Runtime's C interface that operators written in this project need and the managed package does
/// not offer. Each is an entry of the table <c>OrtApi</c>, to which versions only append, so the places are fixed
/// (onnxruntime_c_api.h). A function gives a status: null for success.
/// </summary>
internal static unsafe partial class OrtNative
{
    /// <summary>The version whose table is asked for: the first with all that is used here is 1.17.</summary>
    private const uint Version = 17;

    private const int Failed = 1;

    private static readonly nint* Table = ((delegate* unmanaged<uint, nint*>)GetApiBase()[0])(Version);

    public static nint CreateStatus(string message)
    {
        var text = Marshal.StringToCoTaskMemUTF8(message);
        var status = ((delegate* unmanaged<int, nint, nint>)Table[0])(Failed, text);
        Marshal.FreeCoTaskMem(text);
        return status;
    }

    public static nint CreateDomain(byte* name, nint* domain) => ((delegate* unmanaged<byte*, nint*, nint>)Table[26])(name, domain);

    public static nint AddOperator(nint domain, void* op) => ((delegate* unmanaged<nint, void*, nint>)Table[27])(domain, op);

    public static nint AddDomain(nint options, nint domain) => ((delegate* unmanaged<nint, nint, nint>)Table[28])(options, domain);

    public static nint TensorData(nint tensor, void** data) => ((delegate* unmanaged<nint, void**, nint>)Table[51])(tensor, data);

    public static nint DimensionCount(nint shape, nuint* count) => ((delegate* unmanaged<nint, nuint*, nint>)Table[61])(shape, count);

    public static nint Dimensions(nint shape, long* values, nuint count) =>
        ((delegate* unmanaged<nint, long*, nuint, nint>)Table[62])(shape, values, count);

    public static nint TensorShape(nint tensor, nint* shape) => ((delegate* unmanaged<nint, nint*, nint>)Table[65])(tensor, shape);

    public static nint Input(nint context, nuint index, nint* tensor) =>
        ((delegate* unmanaged<nint, nuint, nint*, nint>)Table[90])(context, index, tensor);

    public static nint Output(nint context, nuint index, long* shape, nuint count, nint* tensor) =>
        ((delegate* unmanaged<nint, nuint, long*, nuint, nint*, nint>)Table[91])(context, index, shape, count, tensor);

    public static nint ParallelFor(nint context, delegate* unmanaged<void*, nuint, void> body, nuint count, void* data) =>
        ((delegate* unmanaged<nint, delegate* unmanaged<void*, nuint, void>, nuint, nuint, void*, nint>)Table[274])(context, body, count, 0, data);

    public static void ReleaseShape(nint shape) => ((delegate* unmanaged<nint, void>)Table[99])(shape);

    /// <summary>Turns a failure into an exception; the status is given back.</summary>
    public static void Check(nint status)
    {
        if (status == 0)
        {
            return;
        }

        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Table[2])(status));
        ((delegate* unmanaged<nint, void>)Table[93])(status);
        throw new InvalidOperationException(message);
    }

    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    private static partial nint* GetApiBase();
}
