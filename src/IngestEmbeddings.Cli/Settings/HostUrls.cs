namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Reads <c>postgresql://user@one:5432,other:5433/database</c>. No URL has several hosts to <see cref="Uri"/>, so each is read
/// as if it stood alone.
/// </summary>
/// <remarks>
/// A socket of this machine is given as libpq has it, by its folder: <c>postgresql://user@%2Frun%2Fpostgresql/database</c> or
/// <c>postgresql://user@/database?host=/run/postgresql</c>. Neither has a host that <see cref="Uri"/> takes.
/// </remarks>
internal static class HostUrls
{
    /// <summary>What stands for the host in a URL that names none.</summary>
    public const string NoHost = "unnamed.invalid";

    private const string Socket = "socket.invalid";

    /// <summary>True when a URL names a socket of this machine.</summary>
    public static bool IsSocket(Uri url) => url.Host == Socket;

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
            if (!Uri.TryCreate(before + Readable(host) + after, UriKind.Absolute, out var url) || url.Scheme is not ("postgresql" or "postgres"))
            {
                return null;
            }

            urls.Add(url);
        }

        return urls;
    }

    private static string Readable(string host)
    {
        var colon = host.LastIndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        return name.Length == 0 ? NoHost + host
            : name.StartsWith("%2F", StringComparison.OrdinalIgnoreCase) || name.StartsWith("%40", StringComparison.Ordinal) ? Socket + host[name.Length..]
            : host;
    }
}
