using IngestEmbeddings.Cli.Shown;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Shows diagnostics on standard error, a line each. <c>INGEST_LOG</c> sets the lowest level that is shown.</summary>
/// <param name="messages">Where the lines go; passwords are kept out of them there.</param>
/// <param name="level">The lowest level that is shown.</param>
internal sealed class ErrorLog(Messages messages, LogLevel level) : ILoggerFactory
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "INGEST_LOG";

    private static readonly string[] Levels = ["trace", "debug", "information", "warning", "error"];

    /// <summary>The log that the environment asks for.</summary>
    /// <returns>One that shows nothing when the variable is not set.</returns>
    /// <exception cref="UsageException">The variable names no level.</exception>
    public static ILoggerFactory Of(IReadOnlyDictionary<string, string> environment, Messages messages)
    {
        if (environment.GetValueOrDefault(Variable) is not { Length: > 0 } name)
        {
            return NullLoggerFactory.Instance;
        }

        var level = Array.IndexOf(Levels, name.ToLowerInvariant());
        return level >= 0
            ? new ErrorLog(messages, (LogLevel)level)
            : throw new UsageException([$"{Variable}={name}: give {string.Join(", ", Levels.SkipLast(1))} or {Levels[^1]}."]);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, messages, level);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Standard error is the one place.");

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(string category, Messages messages, LogLevel lowest) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var details = exception is null ? "" : $"\n{exception}";
                messages.Detail(FormattableString.Invariant(
                    $"{logLevel.ToString().ToLowerInvariant()}: {category}[{eventId.Id}] {formatter(state, exception)}{details}"));
            }
        }
    }
}
