using System.Text.RegularExpressions;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Keeps passwords out of everything that is shown.</summary>
internal static partial class Secrets
{
    private const string Mask = "***";

    /// <summary>Replaces the password of a URL, in its authority or its query. Text without one comes back as it is.</summary>
    public static string RedactUrl(string text) =>
        QueryPassword().Replace(UrlPassword().Replace(text, $"${{kept}}{Mask}@"), $"${{kept}}{Mask}");

    /// <summary>True when a URL holds a password.</summary>
    public static bool HoldsPassword(string url) => RedactUrl(url) != url;

    /// <summary>The passwords of a URL, as they are written in it and as they are meant.</summary>
    public static IEnumerable<string> Passwords(string url) => UrlPassword().Matches(url).Select(static match => match.Groups["secret"].Value)
        .Concat(QueryPassword().Matches(url).Select(static match => match.Groups["secret"].Value))
        .SelectMany(static secret => (string[])[secret, Uri.UnescapeDataString(secret)])
        .Distinct();

    /// <summary>Replaces each occurrence of known secrets in a text that others wrote, such as an exception's.</summary>
    public static string Redact(string text, IEnumerable<string> secrets) =>
        secrets.Where(secret => secret.Length > 0).Aggregate(text, (redacted, secret) =>
            redacted.Replace(secret, Mask, StringComparison.Ordinal));

    // The last '@' ends the password: one that was not percent-encoded may hold an '@' itself.
    // The colon before the slashes may have been forgotten.
    [GeneratedRegex(@"(?<kept>//[^:/@\s]*:)(?<secret>\S+)@", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UrlPassword();

    [GeneratedRegex(@"(?<kept>(^|[?&;\s])\s*(password|sslpassword|pwd)\s*=)(?<secret>[^&;\s]+)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QueryPassword();
}
