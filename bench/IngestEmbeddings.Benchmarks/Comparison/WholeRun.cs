using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>The whole run into a database: read, encode, measure, write, metrics included, as the program does it.</summary>
internal sealed class WholeRun(IStore store, ModelEncoder encoder, int workers)
{
    private int _tables;

    /// <summary>Loads texts into a new table and ingests them. The loading is not counted.</summary>
    /// <returns>The seconds from the first claim to the end, and the tokens that went through the model.</returns>
    public async Task<(double Seconds, long Tokens)> MeasureAsync(IReadOnlyList<string> texts)
    {
        var request = new TableRequest { Table = string.Create(CultureInfo.InvariantCulture, $"bench_{_tables++}") };
        await store.InitAsync(
            new InitRequest { Table = request, Dimension = encoder.Description.Dimension }, CancellationToken.None);
        await store.LoadAsync(new LoadRequest { Table = request }, Rows(texts), CancellationToken.None);
        var table = await store.OpenTableAsync(request, CancellationToken.None);
        var options = new IngestOptions { Workers = workers };
        await using var run = await table.StartRunAsync(options.RequestFor(new EmbedWork(encoder.Description)), CancellationToken.None);
        var before = encoder.Counters.Tokens;
        var pipeline = new IngestPipeline(run, encoder, new TextMeter(), options, EventChannel.None);
        var summary = await pipeline.RunAsync(CancellationToken.None);
        return summary.Written == texts.Count
            ? (summary.Elapsed.TotalSeconds, encoder.Counters.Tokens - before)
            : throw new InvalidOperationException($"{summary.Written} of {texts.Count} rows were done.");
    }

    private static async IAsyncEnumerable<LoadRow> Rows(IReadOnlyList<string> texts)
    {
        foreach (var text in texts)
        {
            yield return new LoadRow(null, text);
        }

        await Task.CompletedTask;
    }
}
