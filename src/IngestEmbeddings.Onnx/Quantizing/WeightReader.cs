using System.Globalization;
using System.Runtime.InteropServices;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>Reads the numbers of a tensor, wherever the format keeps them. External data must have been checked before.</summary>
internal sealed class WeightReader(string folder)
{
    /// <summary>The numbers of an fp32 tensor, row-major.</summary>
    /// <exception cref="IngestException">There are fewer or more than its shape says.</exception>
    public float[] Floats(TensorProto tensor)
    {
        var values = tensor.DataLocation == OnnxTypes.External ? External(tensor)
            : tensor.FloatData.Count > 0 ? [.. tensor.FloatData]
            : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
        return values.Length == tensor.Dims.Aggregate(1L, static (a, b) => a * b)
            ? values
            : throw new IngestException(
                IngestError.Configuration, $"The weights '{tensor.Name}' have {values.Length} numbers, not {string.Join(" × ", tensor.Dims)}.");
    }

    private float[] External(TensorProto tensor)
    {
        string? Value(string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

        using var file = File.OpenRead(Path.Combine(folder, Value("location")!));
        file.Position = long.Parse(Value("offset") ?? "0", CultureInfo.InvariantCulture);
        var values = new float[tensor.Dims.Aggregate(1L, static (a, b) => a * b)];
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
