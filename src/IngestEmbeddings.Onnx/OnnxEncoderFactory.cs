using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Devices;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Fusing;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

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
        var device = ComputeDevice.Find(options.Device) with { MemoryLimit = options.DeviceMemory };
        var folder = ModelFolder.Open(ModelFinder.Find(options.Model));
        return Create(options, folder, ModelGraph.Choose(folder, options.Precision, device), device);
    }

    /// <summary>Loads one graph of a folder, on the processor.</summary>
    internal static ModelEncoder Create(OnnxEncoderOptions options, ModelFolder folder, GraphFile graph) =>
        Create(options, folder, new ModelGraph(graph, graph.Precision), ComputeDevice.Processor);

    private static ModelEncoder Create(OnnxEncoderOptions options, ModelFolder folder, ModelGraph graph, ComputeDevice device)
    {
        var tokenizer = HuggingFaceTokenizer.Load(folder.Path);
        var prefix = options.Prefix ?? folder.DocumentPrompt;
        if (!folder.IncludesPrompt && prefix.Length > 0)
        {
            throw new IngestException(
                IngestError.Configuration, "The model's pooling leaves a prefix out (include_prompt: false), which is not known. Use --prefix ''.");
        }

        device = device.For(graph);
        var model = Load(graph, folder, device, Math.Max(1, options.Threads), options.Dimensions, tokenizer);
        try
        {
            var budget = options.TokenBudget is { } tokens
                ? device.IsCuda ? new BatchBudget(tokens, BatchBudget.DeviceRows, BatchBudget.DeviceCallCost) : new BatchBudget(tokens, BatchBudget.DefaultRows)
                : BudgetProbe.Measure(model, tokenizer, folder.MaxTokens, device.IsCuda ? BudgetRange.Device : BudgetRange.Processor, TimeProvider.System);
            var description = Describe(options.Model, folder, graph, model, prefix);
            description = description with
            {
                Device = device.Name,
                DeviceDetail = device.Detail ?? "",
                LongTexts = options.LongTexts,
                Fingerprint = LongTextsMark.Add(description.Fingerprint, options.LongTexts),
            };
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
        string name, ModelFolder folder, ModelGraph graph, OnnxModel model, string prefix) => new()
    {
        Model = name,
        Dimension = model.Dimension,
        Normalized = model.Normalizes,
        DocumentPrompt = prefix,
        QueryPrompt = folder.QueryPrompt,
        MaxTokens = folder.MaxTokens,
        Precision = model.Arithmetic == DeviceModel.MadeHalf ? "fp16" : graph.File.Precision,
        Device = DeviceName.Cpu,
        Fingerprint = ModelFingerprint.Of(folder, graph.File, model.Arithmetic ?? graph.File.Precision, prefix, model.Dimension),
    };

    /// <summary>
    /// Only an int8 graph is worth operators of this project: there, all that is not a product of matrices is a quarter of the
    /// time; in fp32 it is a tenth.
    /// </summary>
    internal static OnnxModel Load(
        ModelGraph graph, ModelFolder folder, ComputeDevice device, int threads, int? dimensions, ITokenizer tokenizer) =>
        graph.MayBeHalved ? DeviceModel.LoadNearest(graph.File, folder, device, threads, dimensions, tokenizer)
        : graph.IsHalved || device.IsCuda ? DeviceModel.Load(graph.File, graph.IsHalved, folder, device, threads, dimensions)
        : graph.File.Precision == "int8" ? FusedModel.Load(graph.File, folder, threads, dimensions)
        : new OnnxModel(graph.File.Path, folder, threads, dimensions);
}
