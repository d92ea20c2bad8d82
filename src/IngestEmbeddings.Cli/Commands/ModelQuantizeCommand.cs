using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Quantizing;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>model quantize</c>: writes a model's int8 graph once it has proved itself on the user's texts.</summary>
internal sealed class ModelQuantizeCommand : Command<ModelQuantizeOptions>
{
    // More texts add nothing, and the search for neighbours costs their square.
    private const int MaxTexts = 1000;

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "model quantize",
        Summary = "Makes the int8 graph of a model, which some processors run three times as fast.",
        Details = "It is measured on your texts, and written only when its vectors are near enough to those of fp32.",
        Examples = [new("ingest-embeddings model quantize ./my-model --texts corpus.tsv")],
        Arguments = [OptionTable.ModelFolder],
        Options =
        [
            ModelQuantizeOptions.TextsFile, ModelQuantizeOptions.MinCosine, ModelQuantizeOptions.Force,
            OptionTable.Format, OptionTable.TextField, OptionTable.Threads, .. OptionTable.EnvironmentChoice,
        ],
    };

    /// <inheritdoc/>
    protected override ModelQuantizeOptions Read(CommandContext context) => ModelQuantizeOptions.Read(context.Settings, context.Folder);

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(ModelQuantizeOptions options, CommandContext context, CancellationToken stopping)
    {
        var messages = context.Messages;
        var texts = await ReadTextsAsync(options, stopping);
        var report = await ModelQuantizer.QuantizeAsync(
            ModelFinder.Find(options.Model), texts, options.Quantization, stopping);
        var agreement = report.Agreement;
        messages.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Wrote {report.Target}: {report.Products} products in int8, rounded {Rounding(report)}, look-up tables {(report.EmbeddingsQuantized ? "too" : "kept in fp32")}, {report.SourceSize / 1e6:0.0} MB -> {report.TargetSize / 1e6:0.0} MB"));
        messages.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Cosine to fp32 over {agreement.Texts} texts: mean {agreement.MeanCosine:0.00000}, p1 {agreement.P1Cosine:0.00000}, worst {agreement.WorstCosine:0.00000}"));
        if (agreement.Top10 is { } top10)
        {
            messages.Line(string.Create(CultureInfo.InvariantCulture, $"Ten nearest texts: {top10:0.0%} the same"));
        }

        messages.Line(string.Create(CultureInfo.InvariantCulture, $"Speed: {report.SpeedRatio:0.00} times fp32"));
        return ExitCode.Done;
    }

    private static string Rounding(QuantizationReport report) => report.CalibrationTokens == 0
        ? "to the nearest levels"
        : string.Create(CultureInfo.InvariantCulture, $"on {report.CalibrationTokens} tokens of your texts");

    /// <summary>Reads different texts, spread evenly over the file.</summary>
    private static async Task<string[]> ReadTextsAsync(ModelQuantizeOptions options, CancellationToken cancellationToken)
    {
        var reader = new RowReader(options.Texts, options.Format, new FieldNames { Text = options.TextField });
        var texts = new List<string>();
        await using var input = InputFile.Open(options.Texts, options.Texts);
        await foreach (var row in reader.ReadAsync(input, cancellationToken))
        {
            if (!string.IsNullOrWhiteSpace(row.Text))
            {
                texts.Add(row.Text);
            }
        }

        var different = texts.Distinct().ToArray();
        var step = Math.Max(1, different.Length / MaxTexts);
        return [.. different.Where((_, i) => i % step == 0).Take(MaxTexts)];
    }
}
