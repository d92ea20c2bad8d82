using IngestEmbeddings.Events;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>Reads <c>postgresql://user:password@host:port/database?sslmode=…</c>, the form of libpq.</summary>
internal static class PostgresUrl
{
    public static bool IsUrl(string text) =>
        text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) ||
        text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="IngestException">The URL cannot be read. The message does not repeat it: it may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string url, IIngestObserver observer)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var (authority, rest) = Cut(url[start..], '/', '?');
        var (path, query) = rest.StartsWith('?') ? ("", rest[1..]) : Cut(rest.TrimStart('/'), '?');
        var at = authority.LastIndexOf('@');
        var (user, password) = Cut(at < 0 ? "" : authority[..at], ':');
        var builder = new NpgsqlConnectionStringBuilder();
        Set(builder, "Username", user);
        Set(builder, "Password", password.TrimStart(':'));
        SetHosts(builder, authority[(at + 1)..]);
        Set(builder, "Database", path);
        // What some keywords mean depends on the hosts.
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .OrderBy(static pair => pair.StartsWith("host=", StringComparison.OrdinalIgnoreCase) ? 0 : 1))
        {
            var (name, value) = Cut(pair, '=');
            LibpqKeywords.Set(builder, Uri.UnescapeDataString(name), Uri.UnescapeDataString(value.TrimStart('=')), observer);
        }

        return builder;
    }

    // Several hosts are written host1:port1,host2:port2, which Npgsql takes as it is; one port goes to its own keyword.
    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string hosts)
    {
        var bracket = hosts.LastIndexOf(']');
        var colon = hosts.IndexOf(':', Math.Max(bracket, 0));
        if (hosts.Contains(',') || colon < 0)
        {
            Set(builder, "Host", hosts);
            return;
        }

        Set(builder, "Host", hosts[..colon]);
        Set(builder, "Port", hosts[(colon + 1)..]);
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string keyword, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        var text = Uri.UnescapeDataString(value);
        try
        {
            builder[keyword] = text;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new IngestException(
                IngestError.Configuration, $"The PostgreSQL URL has a '{keyword}' that is not understood; see the manual of libpq.");
        }
    }

    private static (string Before, string After) Cut(string text, params ReadOnlySpan<char> marks)
    {
        var index = text.AsSpan().IndexOfAny(marks);
        return index < 0 ? (text, "") : (text[..index], text[index..]);
    }
}
