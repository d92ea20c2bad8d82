using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Postgres.Logging;

/// <summary>Every log message of this project. Ids: 2000 connections, 2100 claims, 2200 runs, 2300 indexes and state.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(2000, LogLevel.Debug, "Connection to {Location} opened, server process {Process}")]
    public static partial void ConnectionOpened(this ILogger logger, string location, int process);

    [LoggerMessage(2001, LogLevel.Warning, "Retry {Attempt} after {Kind} {SqlState}")]
    public static partial void RetryScheduled(this ILogger logger, int attempt, string kind, string? sqlState, Exception fault);

    [LoggerMessage(2002, LogLevel.Information, "Statements are no longer prepared: a pooler or a changed table invalidates them")]
    public static partial void PreparingStopped(this ILogger logger);

    [LoggerMessage(2100, LogLevel.Debug, "Key range {Number} claimed, fence {Fence}, attempt {Attempt}")]
    public static partial void RangeClaimed(this ILogger logger, long number, long fence, int attempt);

    [LoggerMessage(2101, LogLevel.Debug, "Key range {Number} released")]
    public static partial void RangeReleased(this ILogger logger, long number);

    [LoggerMessage(2102, LogLevel.Debug, "Key range {Number} done")]
    public static partial void RangeDone(this ILogger logger, long number);

    [LoggerMessage(2103, LogLevel.Warning, "Key range {Number} lost to another worker, fence {Fence}")]
    public static partial void RangeLost(this ILogger logger, long number, long fence);

    [LoggerMessage(2104, LogLevel.Trace, "Lease of key range {Number} renewed")]
    public static partial void LeaseRenewed(this ILogger logger, long number);

    [LoggerMessage(2105, LogLevel.Warning, "Lease renewal failed; the fence protects the rows until the next call")]
    public static partial void RenewalFailed(this ILogger logger, Exception fault);

    [LoggerMessage(2106, LogLevel.Debug, "A batch of {Rows} rows is refused ({SqlState}) and split")]
    public static partial void BatchSplit(this ILogger logger, int rows, string? sqlState);

    [LoggerMessage(2200, LogLevel.Information, "Run {Run} over {Destination} joined")]
    public static partial void RunJoined(this ILogger logger, Guid run, string destination);

    [LoggerMessage(2201, LogLevel.Information, "Sweep: rows are pending behind the frontier (run {Run})")]
    public static partial void SweepStarted(this ILogger logger, Guid run);

    [LoggerMessage(2202, LogLevel.Information, "Run {Run} has no more rows")]
    public static partial void RunConcluded(this ILogger logger, Guid run);

    [LoggerMessage(2300, LogLevel.Information, "Index {Index} is built again")]
    public static partial void IndexRestored(this ILogger logger, string index);
}
