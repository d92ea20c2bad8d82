namespace IngestEmbeddings.Rows;

/// <summary>Divides a batch that a database refused, so that only the rows to blame fail.</summary>
public static class RowBatchPieces
{
    /// <summary>
    /// Divides a refused batch into its halves; a batch of one row becomes one without rows, in which that row has failed.
    /// To be written in their order.
    /// </summary>
    /// <param name="batch">A batch with at least one row.</param>
    /// <param name="reason">Why the database refused it, without the text of a row.</param>
    public static IReadOnlyList<RowBatch> WithoutRefused(this RowBatch batch, string reason)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfZero(batch.Rows.Count, nameof(batch));
        if (batch.Rows.Count == 1)
        {
            return [Piece(batch, 0..0, [.. batch.Failures, new RowFailure(batch.Rows[0], "write", reason)], batch.CompletesWindow)];
        }

        var half = batch.Rows.Count / 2;
        return [Piece(batch, ..half, [], completes: false), Piece(batch, half.., batch.Failures, batch.CompletesWindow)];
    }

    private static RowBatch Piece(RowBatch batch, Range range, IReadOnlyList<RowFailure> failures, bool completes)
    {
        var (start, count) = range.GetOffsetAndLength(batch.Rows.Count);
        return new RowBatch
        {
            Window = batch.Window,
            Rows = [.. batch.Rows.Skip(start).Take(count)],
            Metrics = [.. batch.Metrics.Skip(start).Take(count)],
            Vectors = batch.Vectors is { } vectors ? [.. vectors.Skip(start).Take(count)] : null,
            Failures = failures,
            CompletesWindow = completes,
        };
    }
}
