using Google.Protobuf;

namespace IngestEmbeddings.Onnx.Graphs;

/// <summary>What a graph's file says of itself; the weights are not read.</summary>
public sealed record GraphFile
{
    /// <summary>The entry of a graph's metadata that says how the activations of 8-bit products are scaled.</summary>
    internal const string ActivationsKey = "ingest_embeddings.activations";

    /// <summary>Its value for a scale for each token.</summary>
    internal const string ActivationsByToken = "token";

    private static readonly string[] Int8Operators =
    [
        "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "DynamicQuantizeMatMul", "MatMulInteger",
        "MatMulIntegerToFloat", "QAttention", "QLinearMatMul",
    ];

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>What one number of its products is: <c>fp32</c>, <c>fp16</c>, <c>bf16</c>, <c>int8</c>, <c>int4</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>
    /// True when the activations of its 8-bit products get a scale for each token, false for one a call. The former version
    /// of this program wrote <c>DynamicQuantizeMatMul</c> and meant one a call.
    /// </summary>
    public bool ByToken { get; init; }

    /// <summary>The names of what it takes.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The names of what it gives.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>Other files that hold its weights, as full paths.</summary>
    public required IReadOnlyList<string> DataFiles { get; init; }

    /// <summary>The bytes of the graph and its data files.</summary>
    public long Size => SizeOf(DataFiles.Prepend(Path));

    /// <summary>Reads and checks a graph.</summary>
    /// <exception cref="IngestException">The file is not an ONNX graph, is cut off, or points outside its folder.</exception>
    public static GraphFile Read(string path)
    {
        var model = Parse(path);
        var dataFiles = ExternalData.Check(model, path);
        DeclaredSizes.Check(model.Graph, path, SizeOf(dataFiles.Prepend(path)));
        var weights = model.Graph.Initializer.Select(static tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var precision = PrecisionOf(model.Graph);
        return new GraphFile
        {
            Path = path,
            Precision = precision,
            ByToken = precision == "int8" && IsByToken(model),
            Inputs = [.. model.Graph.Input.Select(static input => input.Name).Where(name => !weights.Contains(name))],
            Outputs = [.. model.Graph.Output.Select(static output => output.Name)],
            DataFiles = dataFiles,
        };
    }

    /// <summary>The bytes of files; of a link, as the files of Hugging Face's cache are, those of what it leads to.</summary>
    private static long SizeOf(IEnumerable<string> paths) => paths.Sum(static path =>
        ((FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)).Length);

    private static ModelOutline Parse(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var model = ModelOutline.Parser.WithDiscardUnknownFields(true).ParseFrom(stream);
            return model is { IrVersion: > 0, Graph: { Node.Count: > 0, Output.Count: > 0 } }
                ? model
                : throw new IngestException(IngestError.Configuration, $"{path} is not an ONNX graph.");
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new IngestException(
                IngestError.Configuration, $"{path} is not an ONNX graph, or is cut off: {exception.Message} Copy the file again.", exception);
        }
    }

    private static bool IsByToken(ModelOutline model) =>
        model.MetadataProps.FirstOrDefault(static entry => entry.Key == ActivationsKey) is { } activations
            ? activations.Value == ActivationsByToken
            : !model.Graph.Node.Any(static node => node.OpType == "DynamicQuantizeMatMul");

    private static string PrecisionOf(GraphOutline graph)
    {
        var operators = graph.Node.Select(static node => node.OpType).ToHashSet(StringComparer.Ordinal);
        if (operators.Contains("MatMulNBits"))
        {
            return "int4";
        }

        if (operators.Overlaps(Int8Operators))
        {
            return "int8";
        }

        var numbers = graph.Initializer
            .GroupBy(static tensor => tensor.DataType)
            .ToDictionary(static group => group.Key, static group => group.Sum(static tensor => tensor.Dims.Aggregate(1L, static (a, b) => a * b)));
        return numbers.Where(static pair => pair.Key is OnnxTypes.Float or OnnxTypes.Float16 or OnnxTypes.BFloat16)
            .OrderByDescending(static pair => pair.Value)
            .Select(static pair => pair.Key)
            .FirstOrDefault() switch
        {
            OnnxTypes.Float16 => "fp16",
            OnnxTypes.BFloat16 => "bf16",
            _ => "fp32",
        };
    }
}
