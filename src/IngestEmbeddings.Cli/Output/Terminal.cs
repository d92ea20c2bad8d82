using Spectre.Console;

namespace IngestEmbeddings.Cli.Output;

/// <summary>The terminal that the standard output is.</summary>
/// <param name="writer">Writes to it.</param>
/// <param name="size">Its columns and rows now.</param>
/// <param name="hasColors">True when it may be coloured.</param>
internal sealed class Terminal(TextWriter writer, Func<(int Columns, int Rows)> size, bool hasColors) : IAnsiConsoleOutput
{
    /// <summary>True when it may be coloured.</summary>
    public bool HasColors => hasColors;

    /// <inheritdoc/>
    public TextWriter Writer => writer;

    /// <inheritdoc/>
    public bool IsTerminal => true;

    /// <summary>The columns that are used: beyond them there is room for the ^C that the terminal itself shows.</summary>
    public int Width => Math.Max(1, size().Columns - 3);

    /// <inheritdoc/>
    public int Height => Math.Max(1, size().Rows);

    /// <summary>The terminal of this process; null where the standard output is none, or one that cannot move its cursor.</summary>
    public static Terminal? OfProcess(TextWriter output, IReadOnlyDictionary<string, string> environment) =>
        Console.IsOutputRedirected || environment.GetValueOrDefault("TERM") is null or "" or "dumb"
            ? null
            : new Terminal(
                output,
                static () => (Console.WindowWidth, Console.WindowHeight),
                string.IsNullOrEmpty(environment.GetValueOrDefault("NO_COLOR")));

    /// <inheritdoc/>
    public void SetEncoding(System.Text.Encoding encoding)
    {
        // What is written is UTF-8.
    }
}
