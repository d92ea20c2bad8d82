namespace IngestEmbeddings.Cli.Output;

/// <summary>Says things: results on the standard output, everything else on standard error. Safe for several threads.</summary>
internal sealed class Messages(TextWriter output, TextWriter error)
{
    private readonly Lock _lock = new();

    /// <summary>A line of result or progress.</summary>
    public void Line(string text) => Write(output, text);

    /// <summary>Something good to know.</summary>
    public void Notice(string text) => Write(error, $"note: {text}");

    /// <summary>Something that may be wrong.</summary>
    public void Warn(string text) => Write(error, $"warning: {text}");

    /// <summary>Why the program ends.</summary>
    public void Fail(string text) => Write(error, $"error: {text}");

    private void Write(TextWriter writer, string text)
    {
        lock (_lock)
        {
            writer.WriteLine(text);
            writer.Flush();
        }
    }
}
