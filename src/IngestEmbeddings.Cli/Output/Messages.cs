using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Says things: results on the standard output, everything else on standard error. Safe for several threads.</summary>
/// <remarks>
/// A message is one line, whatever is in it: text that others wrote can neither move the cursor nor begin a line of its own.
/// </remarks>
/// <param name="output">Results.</param>
/// <param name="error">Everything else.</param>
/// <param name="isLive">True when the standard error is a terminal, whose last line can be written over.</param>
internal sealed class Messages(TextWriter output, TextWriter error, bool isLive = false)
{
    private readonly Lock _lock = new();
    private readonly SecretMask _mask = new();
    private int _liveLength;
    private Action<string>? _above;

    /// <summary>True when <see cref="Live"/> shows something.</summary>
    public bool IsLive => isLive;

    /// <summary>Keeps passwords out of whatever is said from now on. Results, which others parse, are said as they are.</summary>
    public void KeepSecret(IEnumerable<string> secrets)
    {
        lock (_lock)
        {
            _mask.Add(secrets);
        }
    }

    /// <summary>A text of ours without the passwords that are known.</summary>
    public string Mask(string text)
    {
        lock (_lock)
        {
            return _mask.Own(text);
        }
    }

    /// <summary>A line of result or progress.</summary>
    public void Line(string text) => Write(output, ShownText.Line(text));

    /// <summary>Moves the cursor of the terminal that the standard output is.</summary>
    public void Control(string sequence)
    {
        lock (_lock)
        {
            output.Write(sequence);
            output.Flush();
        }
    }

    /// <summary>A result of several lines, whose line ends are ours.</summary>
    public void Document(string text) => Write(output, ShownText.Lines(text));

    /// <summary>Something good to know.</summary>
    public void Notice(string text) => Tell("note: ", text);

    /// <summary>Something that may be wrong.</summary>
    public void Warn(string text) => Tell("warning: ", text);

    /// <summary>Why the program ends.</summary>
    public void Fail(string text) => Tell("error: ", text);

    /// <summary>Why the program ends: our words, with what a server or a library said in them.</summary>
    /// <param name="exception">What is wrong.</param>
    /// <param name="suggestion">What helps, shown after it; null for nothing more.</param>
    public void Fail(Exception exception, string? suggestion = null)
    {
        lock (_lock)
        {
            var said = exception is IngestException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}";
            var text = _mask.Own(_mask.Quoted(said, exception)) + (suggestion is null ? "" : $" {_mask.Own(suggestion)}");
            // Only the list of mistakes has lines of its own.
            Write(error, "error: " + (exception is UsageException ? ShownText.Lines(text) : ShownText.Line(text)));
        }
    }

    /// <summary>Where a fault came from.</summary>
    public void Detail(string text)
    {
        lock (_lock)
        {
            Write(error, ShownText.Lines(_mask.Foreign(text)));
        }
    }

    /// <summary>Gives what is said to a view that holds the end of the terminal, which shows it above itself.</summary>
    /// <param name="write">Shows a line.</param>
    /// <returns>Disposing it ends that.</returns>
    public IDisposable ShowAbove(Action<string> write)
    {
        _above = write;
        return new Above(this);
    }

    /// <summary>A line on the terminal that the next line of any kind writes over.</summary>
    public void Live(string text)
    {
        lock (_lock)
        {
            error.Write('\r' + text.PadRight(_liveLength));
            error.Flush();
            _liveLength = text.Length;
        }
    }

    private void Tell(string kind, string text)
    {
        lock (_lock)
        {
            Write(error, kind + ShownText.Line(_mask.Own(text)));
        }
    }

    private void Write(TextWriter writer, string text)
    {
        // Not under the lock: the view draws under its own, and says nothing meanwhile.
        if (_above is { } above && (writer == output || isLive))
        {
            above(text);
            return;
        }

        lock (_lock)
        {
            if (_liveLength > 0)
            {
                error.Write('\r' + new string(' ', _liveLength) + '\r');
                _liveLength = 0;
            }

            writer.WriteLine(text);
            writer.Flush();
        }
    }

    private sealed class Above(Messages messages) : IDisposable
    {
        public void Dispose() => messages._above = null;
    }
}
