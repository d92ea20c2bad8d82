using IngestEmbeddings.Cli.Settings;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Says things: results on the standard output, everything else on standard error. Safe for several threads.</summary>
internal sealed class Messages(TextWriter output, TextWriter error)
{
    private readonly Lock _lock = new();
    private readonly List<string> _secrets = [];

    /// <summary>Keeps passwords out of whatever is said from now on. Results, which others parse, are said as they are.</summary>
    public void KeepSecret(IEnumerable<string> secrets)
    {
        lock (_lock)
        {
            _secrets.AddRange(secrets);
        }
    }

    /// <summary>A line of result or progress.</summary>
    public void Line(string text) => Write(output, text);

    /// <summary>Something good to know.</summary>
    public void Notice(string text) => Tell("note: ", text);

    /// <summary>Something that may be wrong.</summary>
    public void Warn(string text) => Tell("warning: ", text);

    /// <summary>Why the program ends.</summary>
    public void Fail(string text) => Tell("error: ", text);

    /// <summary>Where a fault came from.</summary>
    public void Detail(string text) => Tell("", text);

    private void Tell(string kind, string text)
    {
        lock (_lock)
        {
            Write(error, kind + Secrets.RedactUrl(Secrets.Redact(text, _secrets)));
        }
    }

    private void Write(TextWriter writer, string text)
    {
        lock (_lock)
        {
            writer.WriteLine(text);
            writer.Flush();
        }
    }
}
