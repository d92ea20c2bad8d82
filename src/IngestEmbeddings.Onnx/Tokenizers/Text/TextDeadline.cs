using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>The time that the regular expressions of a tokenizer may take for one text, on the calling thread.</summary>
/// <remarks>A hostile expression such as <c>(a+)+b</c> takes exponential time on a short text.</remarks>
internal static class TextDeadline
{
    /// <summary>For one match, and again for all matches of a text together.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    // Reading the clock costs as much as a short match.
    private const int MatchesBetweenChecks = 64;

    [ThreadStatic]
    private static long _end;

    [ThreadStatic]
    private static int _matches;

    /// <summary>Begins a text.</summary>
    public static void Begin() => _end = Environment.TickCount64 + (long)Limit.TotalMilliseconds;

    /// <summary>Counts a match.</summary>
    /// <exception cref="TokenizerException">The text has taken its time.</exception>
    public static void Check()
    {
        if (++_matches % MatchesBetweenChecks == 0 && _end != 0 && Environment.TickCount64 > _end)
        {
            throw Exceeded(null);
        }
    }

    /// <summary>The exception of a text that took too long.</summary>
    public static TokenizerException Exceeded(Exception? inner) =>
        new($"the tokenizer's regular expressions take more than {Limit.TotalSeconds:0} s for this text", inner);
}
