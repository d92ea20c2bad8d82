using System.Globalization;
using System.Runtime.InteropServices;

namespace IngestEmbeddings.Onnx.Graphs;

/// <summary>Reads the numbers of a tensor, wherever the format keeps them. External data must have been checked before.</summary>
internal sealed class WeightReader(string folder)
{
    /// <summary>The numbers of an fp32 tensor, row-major.</summary>
    /// <exception cref="IngestException">There are fewer or more than its shape says.</exception>
    public float[] Floats(TensorProto tensor)
    {
        var values = tensor.DataLocation == OnnxTypes.External ? MemoryMarshal.Cast<byte, float>(External(tensor, sizeof(float))).ToArray()
            : tensor.FloatData.Count > 0 ? [.. tensor.FloatData]
            : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
        return Checked(tensor, values);
    }

    /// <summary>The numbers of an 8-bit tensor, row-major, as they lie in memory.</summary>
    /// <exception cref="IngestException">There are fewer or more than its shape says.</exception>
    public byte[] Bytes(TensorProto tensor)
    {
        var values = tensor.DataLocation == OnnxTypes.External ? External(tensor, sizeof(byte))
            : tensor.Int32Data.Count > 0 ? [.. tensor.Int32Data.Select(static value => (byte)value)]
            : tensor.RawData.ToByteArray();
        return Checked(tensor, values);
    }

    private static T[] Checked<T>(TensorProto tensor, T[] values) => values.Length == CountOf(tensor)
        ? values
        : throw new IngestException(
            IngestError.Configuration, $"The weights '{tensor.Name}' have {values.Length} numbers, not {string.Join(" × ", tensor.Dims)}.");

    private static long CountOf(TensorProto tensor) => tensor.Dims.Aggregate(1L, static (a, b) => checked(a * b));

    private byte[] External(TensorProto tensor, int size)
    {
        string? Value(string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

        using var file = File.OpenRead(Path.Combine(folder, Value("location")!));
        file.Position = long.Parse(Value("offset") ?? "0", CultureInfo.InvariantCulture);
        var length = checked(CountOf(tensor) * size);
        if (length < 0 || length > file.Length - file.Position)
        {
            throw new IngestException(IngestError.Configuration, $"The weights '{tensor.Name}' are cut off in {file.Name}.");
        }

        var values = new byte[length];
        file.ReadExactly(values);
        return values;
    }
}
