namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Reads <c>postgresql://user@one:5432,other:5433/database</c>. No URL has several hosts to <see cref="Uri"/>, so each is read
/// as if it stood alone.
/// </summary>
internal static class HostUrls
{
    /// <summary>One URL for each host; null where the text is no URL of PostgreSQL.</summary>
    public static IReadOnlyList<Uri>? TryRead(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3)
        {
            return null;
        }

        var authority = text[start..].Split('/', '?')[0];
        var hosts = authority[(authority.LastIndexOf('@') + 1)..];
        var before = text[..(start + authority.Length - hosts.Length)];
        var after = text[(start + authority.Length)..];
        var urls = new List<Uri>();
        foreach (var host in hosts.Split(','))
        {
            if (!Uri.TryCreate(before + host + after, UriKind.Absolute, out var url) || url.Scheme is not ("postgresql" or "postgres"))
            {
                return null;
            }

            urls.Add(url);
        }

        return urls;
    }
}
