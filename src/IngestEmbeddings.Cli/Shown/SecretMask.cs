using System.Text.RegularExpressions;

namespace IngestEmbeddings.Cli.Shown;

/// <summary>Keeps known secrets out of what is shown.</summary>
/// <remarks>
/// A secret that may be a word of ours, such as <c>postgres</c> or <c>a</c>, is masked only where others speak: in a message of
/// ours the mask would hide the message and tell the secret. Any other is masked wherever it stands.
/// </remarks>
internal sealed partial class SecretMask
{
    private const int ShortestDistinct = 6;

    private readonly List<string> _words = [];
    private readonly List<string> _distinct = [];

    /// <summary>Masks these from now on.</summary>
    public void Add(IEnumerable<string> secrets)
    {
        foreach (var secret in secrets.Where(static secret => secret.Length > 0))
        {
            (MayBeWord(secret) ? _words : _distinct).Add(secret);
        }

        // The longest first: one may be a part of another.
        _distinct.Sort(static (one, other) => other.Length.CompareTo(one.Length));
    }

    /// <summary>Masks a message of ours, which may name something that was given at a wrong place.</summary>
    public string Own(string text) =>
        UrlPassword().Replace(_distinct.Aggregate(text, static (shown, secret) => shown.Replace(secret, Secrets.Mask, StringComparison.Ordinal)), $"${{kept}}{Secrets.Mask}@");

    /// <summary>Masks a text that others wrote.</summary>
    public string Foreign(string text) => _words.Aggregate(Own(text), MaskWord);

    /// <summary>Masks what an exception and its causes say where a message quotes it.</summary>
    public string Quoted(string text, Exception exception)
    {
        for (var cause = exception is IngestException ? exception.InnerException : exception; cause is not null; cause = cause.InnerException)
        {
            foreach (var line in cause.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                // The driver puts the server's code before its words.
                var words = SqlState().Replace(line, "");
                text = words.Length == 0 ? text : text.Replace(words, Foreign(words), StringComparison.Ordinal);
            }
        }

        return text;
    }

    private static bool MayBeWord(string secret) =>
        secret.Length < ShortestDistinct || secret.All(char.IsLetter) || secret.All(char.IsDigit);

    private static string MaskWord(string text, string secret)
    {
        for (var at = text.IndexOf(secret, StringComparison.Ordinal); at >= 0; at = text.IndexOf(secret, at, StringComparison.Ordinal))
        {
            var end = at + secret.Length;
            var isWhole = (at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end]));
            text = isWhole ? text[..at] + Secrets.Mask + text[end..] : text;
            at += isWhole ? Secrets.Mask.Length : secret.Length;
        }

        return text;
    }

    // A store given where a file or a table belongs; as a path it has lost one slash.
    [GeneratedRegex(@"(?<kept>/[^:/@\s]+:)(?<secret>[^\s]+)@", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UrlPassword();

    [GeneratedRegex(@"\A[0-9A-Z]{5}: ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SqlState();
}
