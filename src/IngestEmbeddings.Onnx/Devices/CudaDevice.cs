namespace IngestEmbeddings.Onnx.Devices;

/// <summary>A GPU that the driver shows.</summary>
/// <param name="Name">What its maker calls it.</param>
/// <param name="Capability">Its compute capability.</param>
/// <param name="Memory">Its memory in bytes.</param>
internal sealed record CudaDevice(string Name, Version Capability, long Memory);

/// <summary>What this machine and this program have of CUDA.</summary>
internal sealed record CudaState
{
    /// <summary>True when the program was built with ONNX Runtime's CUDA provider.</summary>
    public required bool IsBuiltIn { get; init; }

    /// <summary>Why the driver cannot be asked; null when it was.</summary>
    public string? DriverFault { get; init; }

    /// <summary>The newest CUDA that the driver runs.</summary>
    public Version DriverVersion { get; init; } = new(0, 0);

    /// <summary>The GPUs, by number.</summary>
    public IReadOnlyList<CudaDevice> Devices { get; init; } = [];

    /// <summary>The first of the libraries that the provider needs which does not load; null when all do.</summary>
    public string? MissingLibrary { get; init; }
}
