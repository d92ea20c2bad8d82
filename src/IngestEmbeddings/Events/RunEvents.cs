using IngestEmbeddings.Metrics;

namespace IngestEmbeddings.Events;

/// <summary>The workers are connected, and the total is known. Follows the first <see cref="WorkerStarted"/>, precedes every <see cref="BatchWritten"/>.</summary>
/// <param name="Workers">The workers of this process.</param>
/// <param name="Total">Rows to do, at most the limit.</param>
public sealed record RunStarted(int Workers, long Total) : IngestEvent;

/// <summary>The server accepted fewer connections than there should be workers; the run goes on with those.</summary>
/// <param name="Workers">The workers that run.</param>
/// <param name="Requested">The workers that were requested.</param>
public sealed record WorkersReduced(int Workers, int Requested) : IngestEvent;

/// <summary>A worker is connected and starts.</summary>
/// <param name="Worker">Its number, from 0.</param>
public sealed record WorkerStarted(int Worker) : IngestEvent;

/// <summary>A worker has ended.</summary>
/// <param name="Worker">Its number, from 0.</param>
/// <param name="Written">Rows that it has written.</param>
public sealed record WorkerEnded(int Worker, long Written) : IngestEvent;

/// <summary>A worker has read a window and encodes it next.</summary>
/// <param name="Worker">Its number, from 0.</param>
/// <param name="Rows">The rows of the window.</param>
/// <param name="FirstKey">The key of its first row, as messages show it.</param>
/// <param name="LastKey">The key of its last row.</param>
/// <param name="Elapsed">How long the claim and the read took.</param>
public sealed record WindowRead(int Worker, int Rows, string FirstKey, string LastKey, TimeSpan Elapsed) : IngestEvent;

/// <summary>A window is encoded and measured. The windows of a worker are read, encoded and written in the same order.</summary>
/// <param name="Worker">Its number, from 0.</param>
/// <param name="Rows">The rows of the window.</param>
/// <param name="Cost">What the encoder did for them.</param>
/// <param name="Elapsed">How long it took, tokenizing and measuring included.</param>
public sealed record WindowEncoded(int Worker, int Rows, EncodingCost Cost, TimeSpan Elapsed) : IngestEvent
{
    /// <summary>Its rows that lost the most tokens, at most <see cref="TruncatedRow.MaxNamed"/>, the worst first. Default none.</summary>
    public IReadOnlyList<TruncatedRow> MostTruncated { get; init; } = [];
}

/// <summary>The last batch of a window was written, or its lease was lost.</summary>
/// <param name="Worker">Its number, from 0.</param>
/// <param name="Rows">Rows of the window that were written.</param>
/// <param name="Elapsed">How long the writes took, pauses between batches not counted.</param>
public sealed record WindowWritten(int Worker, int Rows, TimeSpan Elapsed) : IngestEvent;

/// <summary>A worker has waited for rows that other workers hold.</summary>
/// <param name="Worker">Its number, from 0.</param>
/// <param name="Elapsed">How long.</param>
public sealed record WorkerWaited(int Worker, TimeSpan Elapsed) : IngestEvent;

/// <summary>A batch was committed.</summary>
/// <param name="Worker">The worker that wrote it, from 0.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Written">Rows written by all workers of this process so far, this batch included.</param>
/// <param name="Total">Rows to do.</param>
/// <param name="Averages">The averages over the rows of the batch; null when it wrote none.</param>
public sealed record BatchWritten(int Worker, int Rows, long Written, long Total, MetricAverages? Averages) : IngestEvent;

/// <summary>A row failed; the store keeps its key and the reason.</summary>
/// <param name="Worker">The worker that had it, from 0.</param>
/// <param name="Key">The key of the row, as messages show it.</param>
/// <param name="Stage">The stage that failed: <c>tokenize</c>, <c>encode</c>, <c>check</c>, <c>write</c>.</param>
/// <param name="Reason">What went wrong, without the text of the row.</param>
public sealed record RowFailed(int Worker, string Key, string Stage, string Reason) : IngestEvent;

/// <summary>A worker's lease ran out and another worker took its rows over; nothing of the window was written twice.</summary>
/// <param name="Worker">The worker that lost it, from 0.</param>
/// <param name="Reason">How that came about.</param>
public sealed record LeaseLost(int Worker, string Reason) : IngestEvent;
