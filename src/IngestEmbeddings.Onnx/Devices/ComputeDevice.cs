using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Devices;

/// <summary>Where a model runs.</summary>
/// <param name="Cuda">The number of the GPU; null for the processor.</param>
/// <param name="Detail">What the GPU is, or why <c>auto</c> took the processor; null where there is nothing to say.</param>
internal sealed record ComputeDevice(int? Cuda, string? Detail = null)
{
    /// <summary>The processor.</summary>
    public static ComputeDevice Processor { get; } = new(Cuda: null);

    /// <summary>The oldest compute capability that ONNX Runtime's package has code for.</summary>
    private static readonly Version LeastCapability = new(7, 5);

    /// <summary>The CUDA that the package is linked with; newer drivers run it, older ones do not.</summary>
    private static readonly Version LeastDriver = new(13, 0);

    /// <summary>True for a GPU.</summary>
    public bool IsCuda => Cuda is not null;

    /// <summary>Its name, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Name => new DeviceName(IsAuto: false, Cuda).ToString();

    /// <summary>True when the user named it, so that no other may take its place. Default false.</summary>
    public bool WasNamed { get; init; }

    /// <summary>The most bytes that the model may take on a GPU; null for all there is. Default null.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Finds the device that was named.</summary>
    /// <exception cref="IngestException">It is no device's name, or the device cannot be used: which part is missing, and how to get it.</exception>
    public static ComputeDevice Find(string name)
    {
        if (!DeviceName.TryParse(name, out var device))
        {
            throw new IngestException(IngestError.Usage, $"--device {name} is not known; it is {DeviceName.Forms}.");
        }

        return device is { IsAuto: false, Cuda: null } ? Processor : Choose(device, CudaDriver.State);
    }

    /// <summary>Chooses by what there is. A GPU that was named is never replaced by the processor.</summary>
    /// <exception cref="IngestException">The GPU that was named cannot be used.</exception>
    internal static ComputeDevice Choose(DeviceName device, CudaState cuda)
    {
        var number = device.Cuda ?? 0;
        var (fault, remedy) = FaultOf(number, cuda);
        if (fault is null)
        {
            var found = cuda.Devices[number];
            return new ComputeDevice(number, string.Create(CultureInfo.InvariantCulture, $"{found.Name}, {found.Memory >> 30} GB")) { WasNamed = !device.IsAuto };
        }

        return device.IsAuto
            ? Processor with { Detail = fault }
            : throw new IngestException(IngestError.Configuration, $"--device {device} cannot be used: {fault}. {remedy} Or use --device cpu.");
    }

    /// <summary>The device that a graph runs on: ONNX Runtime has products of 8-bit integers for the processor alone.</summary>
    /// <exception cref="IngestException">A GPU was named, and the graph does not run there.</exception>
    public ComputeDevice For(ModelGraph graph) =>
        !IsCuda || graph.Precision is "fp32" or "fp16" ? this
        : WasNamed ? throw new IngestException(
            IngestError.Configuration, $"--device {Name} runs fp32 and fp16, and {graph.File.Path} is {graph.Precision}. Use --precision fp16, or --device cpu.")
        : Processor with { Detail = $"{graph.Precision} runs on the processor only" };

    /// <summary>Makes the session of a model run here.</summary>
    /// <exception cref="IngestException">ONNX Runtime cannot use the GPU.</exception>
    public void Configure(SessionOptions options)
    {
        if (Cuda is not { } number)
        {
            return;
        }

        using var cuda = new OrtCUDAProviderOptions();
        var settings = new Dictionary<string, string>
        {
            ["device_id"] = number.ToString(CultureInfo.InvariantCulture),

            // Products in single precision keep its digits: vectors are then those of the processor. Who wants speed takes fp16.
            ["use_tf32"] = "0",

            // Asks for what a call needs and not for the next power of two: half of the memory else stays empty.
            ["arena_extend_strategy"] = "kSameAsRequested",
        };
        if (MemoryLimit is { } limit)
        {
            settings["gpu_mem_limit"] = limit.ToString(CultureInfo.InvariantCulture);
        }

        try
        {
            cuda.UpdateOptions(settings);
            options.AppendExecutionProvider_CUDA(cuda);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new IngestException(
                IngestError.Configuration, $"--device {Name} cannot be used: {exception.Message} Or use --device cpu.", exception);
        }
    }

    private static (string? Fault, string Remedy) FaultOf(int number, CudaState cuda)
    {
        if (!cuda.IsBuiltIn)
        {
            return ("this program was built without CUDA", "Build it with eng/build-native --gpu, or with -p:OnnxRuntime=Gpu.");
        }

        if (cuda.DriverFault is { } fault)
        {
            return ($"the NVIDIA driver cannot be used ({fault})", "Install the driver; a container needs it passed in, as with '--gpus all'.");
        }

        if (cuda.DriverVersion < LeastDriver)
        {
            return ($"the NVIDIA driver runs CUDA up to {cuda.DriverVersion}, and {LeastDriver} is needed", "Install driver 580 or newer.");
        }

        if (cuda.Devices.Count == 0)
        {
            return ("the NVIDIA driver shows no GPU", "Look at CUDA_VISIBLE_DEVICES and at what nvidia-smi lists.");
        }

        if (number >= cuda.Devices.Count)
        {
            var there = cuda.Devices.Select(static (device, place) => $"cuda:{place} ({device.Name})");
            return ($"there is no GPU of this number, only {string.Join(", ", there)}", "Name one of those.");
        }

        if (cuda.Devices[number] is { } old && old.Capability < LeastCapability)
        {
            return ($"{old.Name} has the compute capability {old.Capability}, and {LeastCapability} is the least", "Use a newer GPU.");
        }

        return cuda.MissingLibrary is { } library
            ? ($"{library} cannot be loaded", "Install CUDA 13 (cudart, cublas, curand), and put its folders into LD_LIBRARY_PATH.")
            : (null, "");
    }
}
