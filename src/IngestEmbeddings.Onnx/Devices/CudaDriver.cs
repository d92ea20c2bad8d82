using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Devices;

/// <summary>
/// Asks the NVIDIA driver what GPUs there are (CUDA Driver API). The driver is loaded by name and only when asked, so that the program
/// starts where there is none.
/// </summary>
internal static unsafe class CudaDriver
{
    private const string Provider = "CUDAExecutionProvider";

    // CUDA_ERROR_NO_DEVICE: none is there, or CUDA_VISIBLE_DEVICES hides them all.
    private const int NoDevice = 100;

    // CUdevice_attribute.
    private const int CapabilityMajor = 75;
    private const int CapabilityMinor = 76;

    private static readonly Lazy<CudaState> Known = new(Read);

    // What the CUDA provider of ONNX Runtime's package is linked with; it says no more than that it does not load.
    private static readonly string[] Libraries = ["libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10"];

    /// <summary>What there is; asked once.</summary>
    public static CudaState State => Known.Value;

    private static CudaState Read()
    {
        var state = new CudaState { IsBuiltIn = OrtEnv.Instance().GetAvailableProviders().Contains(Provider) };
        if (!state.IsBuiltIn)
        {
            return state;
        }

        if (!NativeLibrary.TryLoad("libcuda.so.1", out var driver))
        {
            return state with { DriverFault = "libcuda.so.1, a part of it, cannot be loaded" };
        }

        try
        {
            return Ask(driver, state);
        }
        catch (Exception fault) when (fault is DriverException or EntryPointNotFoundException)
        {
            return state with { DriverFault = fault.Message };
        }
    }

    private static CudaState Ask(nint driver, CudaState state)
    {
        int version = 0, count = 0;
        Check(driver, ((delegate* unmanaged<int*, int>)NativeLibrary.GetExport(driver, "cuDriverGetVersion"))(&version));
        state = state with { DriverVersion = new Version(version / 1000, version % 1000 / 10) };
        var started = ((delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit"))(0);
        if (started == NoDevice)
        {
            return state;
        }

        Check(driver, started);
        Check(driver, ((delegate* unmanaged<int*, int>)NativeLibrary.GetExport(driver, "cuDeviceGetCount"))(&count));
        return state with
        {
            Devices = [.. Enumerable.Range(0, count).Select(number => Device(driver, number))],
            MissingLibrary = Libraries.FirstOrDefault(static library => !NativeLibrary.TryLoad(library, out _)),
        };
    }

    private static CudaDevice Device(nint driver, int number)
    {
        const int MaxName = 256;
        var device = 0;
        Check(driver, ((delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet"))(&device, number));

        var name = stackalloc byte[MaxName];
        Check(driver, ((delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetName"))(name, MaxName, device));

        nuint memory = 0;
        Check(driver, ((delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceTotalMem_v2"))(&memory, device));

        int major = 0, minor = 0;
        var attribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetAttribute");
        Check(driver, attribute(&major, CapabilityMajor, device));
        Check(driver, attribute(&minor, CapabilityMinor, device));
        return new CudaDevice(Marshal.PtrToStringUTF8((nint)name) ?? "", new Version(major, minor), (long)memory);
    }

    private static void Check(nint driver, int result)
    {
        if (result != 0)
        {
            throw new DriverException($"it answers: {Describe(driver, result)}");
        }
    }

    private static string Describe(nint driver, int result)
    {
        byte* text = null;
        var known = ((delegate* unmanaged<int, byte**, int>)NativeLibrary.GetExport(driver, "cuGetErrorString"))(result, &text);
        return (known == 0 ? Marshal.PtrToStringUTF8((nint)text) : null) ?? $"error {result}";
    }

    private sealed class DriverException(string message) : Exception(message);
}
