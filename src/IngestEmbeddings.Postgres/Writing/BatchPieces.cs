using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>Splits a batch that the server refused for the values of one of its rows.</summary>
internal static class BatchPieces
{
    /// <summary>Two halves; or, of a single row, a batch that records it as failed. To be written in their order.</summary>
    public static IReadOnlyList<RowBatch> WithoutRefused(RowBatch batch, string reason)
    {
        if (batch.Rows.Count == 1)
        {
            var failure = new RowFailure(batch.Rows[0], "write", reason);
            return [Slice(batch, 0, 0, [.. batch.Failures, failure], batch.CompletesWindow)];
        }

        var half = batch.Rows.Count / 2;
        return
        [
            Slice(batch, 0, half, [], completes: false),
            Slice(batch, half, batch.Rows.Count - half, batch.Failures, batch.CompletesWindow),
        ];
    }

    private static RowBatch Slice(RowBatch batch, int start, int count, IReadOnlyList<RowFailure> failures, bool completes) => new()
    {
        Window = batch.Window,
        Rows = [.. batch.Rows.Skip(start).Take(count)],
        Metrics = [.. batch.Metrics.Skip(start).Take(count)],
        Vectors = batch.Vectors is { } vectors ? [.. vectors.Skip(start).Take(count)] : null,
        Failures = failures,
        CompletesWindow = completes,
    };
}
