using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>Brings the chunks of a table of documents into step with it.</summary>
/// <remarks>
/// Documents are read a window at a time, split in parallel with no transaction open, and written one by one, each in a
/// transaction of its own: what a killed process has not written is still to be done, and nothing is done twice.
/// </remarks>
/// <param name="table">The documents.</param>
/// <param name="createSplitter">Makes a splitter for a worker.</param>
/// <param name="workers">How many documents are split at a time, at least 1.</param>
public sealed class DocumentUpdate(IDocumentTable table, Func<DocumentSplitter> createSplitter, int workers)
{
    private const int WindowDocuments = 64;

    // Documents that change while they are split come again in the next pass; an application that changes them all the time would
    // keep it going.
    private const int MaxPasses = 3;

    private readonly DocumentSplitter[] _splitters = [.. Enumerable.Range(0, workers).Select(_ => createSplitter())];

    /// <summary>Splits every document that is not in step, and removes the chunks of those that are gone.</summary>
    /// <param name="stopping">Requests a stop: the document that is being written is finished.</param>
    public async Task<SplitSummary> RunAsync(CancellationToken stopping)
    {
        var summary = new SplitSummary();
        try
        {
            var pending = await table.CountPendingAsync(stopping);
            for (var pass = 0; pass < MaxPasses && pending > 0; pass++)
            {
                summary = await PassAsync(summary, stopping);
                pending = await table.CountPendingAsync(stopping);
            }

            return summary with { Pending = pending, Pruned = await table.PruneAsync(stopping) };
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return summary with { Interrupted = true };
        }
    }

    private async Task<SplitSummary> PassAsync(SplitSummary summary, CancellationToken stopping)
    {
        PendingDocument? last = null;
        while (await table.ReadAsync(last, WindowDocuments, stopping) is { Count: > 0 } window)
        {
            var chunks = await SplitAsync(window, stopping);
            for (var i = 0; i < window.Count; i++)
            {
                stopping.ThrowIfCancellationRequested();
                if (await table.ReplaceAsync(window[i], chunks[i], CancellationToken.None))
                {
                    var kept = chunks[i].Count(static chunk => chunk.Kept is not null);
                    summary = summary with
                    {
                        Documents = summary.Documents + 1,
                        Kept = summary.Kept + kept,
                        New = summary.New + chunks[i].Count - kept,
                    };
                }
            }

            last = window[^1];
        }

        return summary;
    }

    private async Task<IReadOnlyList<DocumentChunk>[]> SplitAsync(IReadOnlyList<PendingDocument> window, CancellationToken stopping)
    {
        var chunks = new IReadOnlyList<DocumentChunk>[window.Count];
        var next = -1;
        await Task.WhenAll(_splitters.Select(splitter => Task.Run(
            () =>
            {
                while (Interlocked.Increment(ref next) is var i && i < window.Count)
                {
                    stopping.ThrowIfCancellationRequested();
                    chunks[i] = splitter.Split(window[i].Text, window[i].Past);
                }
            },
            stopping)));
        return chunks;
    }
}

/// <summary>What was done to the chunks of a table.</summary>
public sealed record SplitSummary
{
    /// <summary>Documents that were split.</summary>
    public long Documents { get; init; }

    /// <summary>Chunks of a new text.</summary>
    public long New { get; init; }

    /// <summary>Chunks of those documents that were there already.</summary>
    public long Kept { get; init; }

    /// <summary>Chunks removed because their document is gone or has no text any more.</summary>
    public long Pruned { get; init; }

    /// <summary>Documents that are still not in step, because they change all the time.</summary>
    public long Pending { get; init; }

    /// <summary>True when it was stopped before its end.</summary>
    public bool Interrupted { get; init; }
}
