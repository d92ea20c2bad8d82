using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Every diagnostic of the program, with its event id: 1 to 9 the program, 10 to 19 workers, 20 to 29 rows.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Debug, "ingest-embeddings {Version}: {Command} in {WorkingDirectory}")]
    public static partial void CommandStarted(this ILogger logger, string version, string command, string workingDirectory);

    [LoggerMessage(2, LogLevel.Debug, "{Command} ended with exit code {ExitCode}")]
    public static partial void CommandEnded(this ILogger logger, string command, int exitCode);

    [LoggerMessage(10, LogLevel.Information, "Run started: {Workers} workers, {Total} rows to do")]
    public static partial void RunStarted(this ILogger logger, int workers, long total);

    [LoggerMessage(11, LogLevel.Debug, "Worker {Worker} started")]
    public static partial void WorkerStarted(this ILogger logger, int worker);

    [LoggerMessage(12, LogLevel.Debug, "Worker {Worker} ended: {Written} rows written")]
    public static partial void WorkerEnded(this ILogger logger, int worker, long written);

    [LoggerMessage(13, LogLevel.Warning, "Worker {Worker} lost its lease: {Reason}")]
    public static partial void LeaseLost(this ILogger logger, int worker, string reason);

    [LoggerMessage(20, LogLevel.Debug, "Worker {Worker} read {Rows} rows, {FirstKey} to {LastKey}")]
    public static partial void WindowRead(this ILogger logger, int worker, int rows, string firstKey, string lastKey);

    [LoggerMessage(21, LogLevel.Trace, "Worker {Worker} wrote {Rows} rows")]
    public static partial void BatchWritten(this ILogger logger, int worker, int rows);

    [LoggerMessage(22, LogLevel.Information, "Row {Key} failed: {Stage}: {Reason}")]
    public static partial void RowFailed(this ILogger logger, string key, string stage, string reason);
}
