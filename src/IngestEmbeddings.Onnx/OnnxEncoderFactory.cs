using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Fusing;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Onnx.Tokenizers;

namespace IngestEmbeddings.Onnx;

/// <summary>Makes encoders out of model folders.</summary>
public static class OnnxEncoderFactory
{
    /// <summary>Finds and loads a model, warms it up and measures how much to put into one call.</summary>
    /// <remarks>Takes as long as reading the graph twice, and up to a second for the measuring.</remarks>
    /// <exception cref="IngestException">
    /// The model is not there, is broken, asks for something that is not known, or the device is missing.
    /// </exception>
    public static ModelEncoder Create(OnnxEncoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckDevice(options.Device);
        var folder = ModelFolder.Open(ModelFinder.Find(options.Model));
        return Create(options, folder, GraphChoice.Choose(folder, options.Precision));
    }

    /// <summary>Loads one graph of a folder.</summary>
    internal static ModelEncoder Create(OnnxEncoderOptions options, ModelFolder folder, GraphFile graph)
    {
        var tokenizer = HuggingFaceTokenizer.Load(folder.Path);
        var prefix = options.Prefix ?? folder.DocumentPrompt;
        if (!folder.IncludesPrompt && prefix.Length > 0)
        {
            throw new IngestException(
                IngestError.Configuration, "The model's pooling leaves a prefix out (include_prompt: false), which is not known. Use --prefix ''.");
        }

        var model = Load(graph, folder, Math.Max(1, options.Threads), options.Dimensions);
        try
        {
            var budget = options.TokenBudget is { } tokens
                ? new BatchBudget(tokens, BatchBudget.DefaultRows)
                : BudgetProbe.Measure(model, tokenizer, folder.MaxTokens, TimeProvider.System);
            var description = Describe(options.Model, folder, graph, model, prefix);
            var encoder = new ModelEncoder(description, tokenizer, model, budget, options.Observer);
            encoder.WarmUp();
            return encoder;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What the encoder of a loaded graph is.</summary>
    internal static EncoderDescription Describe(
        string name, ModelFolder folder, GraphFile graph, OnnxModel model, string prefix) => new()
    {
        Model = name,
        Dimension = model.Dimension,
        Normalized = model.Normalizes,
        DocumentPrompt = prefix,
        QueryPrompt = folder.QueryPrompt,
        MaxTokens = folder.MaxTokens,
        Precision = graph.Precision,
        Device = "cpu",
        Fingerprint = ModelFingerprint.Of(folder, graph, model.Arithmetic ?? graph.Precision, prefix, model.Dimension),
    };

    /// <summary>
    /// Only an int8 graph is worth operators of this project: there, all that is not a product of matrices is a quarter of the
    /// time; in fp32 it is a tenth.
    /// </summary>
    internal static OnnxModel Load(GraphFile graph, ModelFolder folder, int threads, int? dimensions) =>
        graph.Precision == "int8"
            ? FusedModel.Load(graph, folder, threads, dimensions)
            : new OnnxModel(graph.Path, folder, threads, dimensions);

    private static void CheckDevice(string device)
    {
        if (device is not ("auto" or "cpu"))
        {
            throw new IngestException(
                IngestError.Configuration, $"The device '{device}' is not there: this program runs models on the processor. Use --device cpu.");
        }
    }
}
