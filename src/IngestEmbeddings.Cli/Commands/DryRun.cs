using System.Globalization;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Shows what a run would do, from the catalog and a count. Writes nothing.</summary>
/// <param name="messages">Where it is shown.</param>
internal sealed class DryRun(Messages messages)
{
    /// <summary>Shows it.</summary>
    /// <returns>The exit code: that of a configuration fault when the model does not fit the column.</returns>
    public async Task<int> ShowAsync(RunOptions options, IngestJob job, CancellationToken cancellationToken)
    {
        var description = job.Table.Description;
        var encoder = job.Encoder?.Description;
        var work = job.Work is EmbedWork embed ? embed with { Changed = options.Changed } : job.Work;
        var pending = await job.Table.CountPendingAsync(work, cancellationToken);
        var rows = Math.Min(pending, options.Ingest.Limit ?? long.MaxValue);

        messages.Line("Dry run: nothing is written.");
        Show("store", job.Store.Location);
        Show("table", description.Name);
        Show("key", string.Join(", ", description.KeyColumns));
        Show("text", description.TextColumn);
        Show("embedding", $"{description.EmbeddingColumn} {description.VectorType}");
        Show("metrics", description.MetricsTable);
        Show("model", encoder is null ? "none (--metrics-only)" : Describe(encoder));
        Show("frequency", options.Frequency ? "computed" : "skipped");
        Show("pending", Counted.Rows(pending));
        Show("would write", encoder is null
            ? $"a metrics row for each of {Counted.Rows(rows)} that have an embedding"
            : $"an embedding and a metrics row for each of {Counted.Rows(rows)}");
        if (encoder is not null && description.Dimension is { } dimension && dimension != encoder.Dimension)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{encoder.Model} makes {encoder.Dimension} dimensions and {description.EmbeddingColumn} takes {dimension}: a run would be refused. "
                + "Name another column with --embedding-column, or another model with --model.");
        }

        return ExitCode.Done;
    }

    private void Show(string name, FormattableString value) => Show(name, FormattableString.Invariant(value));

    private void Show(string name, string value) => messages.Line($"  {name + ":",-13}{value}");

    private static string Describe(EncoderDescription encoder) => string.Join(", ", new[]
    {
        encoder.Model,
        string.Create(CultureInfo.InvariantCulture, $"{encoder.Dimension} dimensions"),
        encoder.Precision,
        encoder.Device,
        encoder.DocumentPrompt.Length == 0 ? "" : $"prefix '{encoder.DocumentPrompt}'",
    }.Where(part => part.Length > 0));
}
