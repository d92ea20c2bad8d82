using System.Text.RegularExpressions;

namespace IngestEmbeddings.Cli.Shown;

/// <summary>Finds the password in a store, however it is written.</summary>
/// <remarks>
/// In a URL it is everything between the first ':' of the user's part and the last '@': who did not percent-encode it may have
/// an '@', a '/', a '#' or a blank in it.
/// </remarks>
internal static partial class Secrets
{
    /// <summary>What stands for a password.</summary>
    public const string Mask = "***";

    private const string Slashes = "//";

    /// <summary>Replaces the password of a URL or a connection string. Text without one comes back as it is.</summary>
    public static string RedactUrl(string text) =>
        Find(text).OrderByDescending(static place => place.Start.Value).Aggregate(text, static (shown, place) => shown[..place.Start] + Mask + shown[place.End..]);

    /// <summary>True when a URL holds a password.</summary>
    public static bool HoldsPassword(string url) => Find(url).Any();

    /// <summary>True when signs of the password, or of the name of the database, could be read in two ways.</summary>
    public static bool IsAmbiguous(string url) =>
        url.IndexOf(Slashes, StringComparison.Ordinal) is >= 0 and var slashes
        && LastAt(url) is var at && at > slashes
        && url.AsSpan(slashes + Slashes.Length, at - slashes - Slashes.Length).IndexOfAny("/?#@ \t\n") >= 0;

    /// <summary>The passwords of a URL, as they are written in it and as they are meant.</summary>
    public static IEnumerable<string> Passwords(string url) => Find(url)
        .Select(place => url[place])
        .SelectMany(static secret => (string[])[secret, Uri.UnescapeDataString(secret)])
        .Distinct();

    private static IEnumerable<Range> Find(string text)
    {
        var slashes = text.IndexOf(Slashes, StringComparison.Ordinal);
        var end = 0;
        if (slashes >= 0)
        {
            // The colon before the slashes may have been forgotten.
            var start = slashes + Slashes.Length;
            end = Math.Max(start, LastAt(text));
            var colon = text.IndexOf(':', start, end - start);
            if (colon >= 0 && colon + 1 < end)
            {
                yield return (colon + 1)..end;
            }
        }

        foreach (Match match in Keyword().Matches(text, end))
        {
            // Parameters of a URL end at '&'; in a connection string a quoted password may hold any sign.
            var start = match.Index + match.Length;
            var ampersand = slashes < 0 ? -1 : text.IndexOf('&', start);
            var stop = ampersand < 0 ? text.Length : ampersand;
            if (stop > start)
            {
                yield return start..stop;
            }

            if (slashes < 0)
            {
                yield break;
            }
        }
    }

    // The parameters of a URL may hold an '@' of their own: an application's name, a socket.
    private static int LastAt(string url)
    {
        var question = url.LastIndexOf('?');
        var isQuery = question >= 0 && url[(question + 1)..].Split('&').All(static pair => LibpqKeywords.IsKnown(Uri.UnescapeDataString(pair.Split('=')[0])));
        return (isQuery ? url[..question] : url).LastIndexOf('@');
    }

    [GeneratedRegex(@"(^|[?&;\s])\s*(password|sslpassword|pwd|oauth_client_secret)\s*=", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Keyword();
}
