using System.Globalization;
using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Decides which store is used: <c>--store</c> or <c>EMBED_STORE</c>; else PostgreSQL if its variables name a host or a
/// database; else the embedded store in the working directory.
/// </summary>
internal static class StoreChoice
{
    private const string Advice = "give postgresql://user@host:port/database or sqlite:FILE.";
    private const string EncodingAdvice = "Signs in a password are percent-encoded: @ is %40.";
    private const string SqliteScheme = "sqlite:";

    // The timer that renews leases runs six times in each, beside everything else that a busy machine does.
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private static readonly string[] Host = ["PG_HOST", "PGHOST"];
    private static readonly string[] Port = ["PG_PORT", "PGPORT"];
    private static readonly string[] Database = ["PG_DATABASE", "PG_DB", "PGDATABASE"];
    private static readonly string[] User = ["PG_USER", "PGUSER"];
    /// <summary>The variables that hold a password.</summary>
    internal static readonly string[] Password = ["PG_PASSWORD", "PGPASSWORD"];
    /// <summary>Reads the choice.</summary>
    /// <param name="settings">Takes the mistakes.</param>
    /// <param name="workingDirectory">Where a relative file lies.</param>
    /// <param name="warn">Takes a warning about a password that others can see.</param>
    /// <returns>The store; the embedded one after a mistake, which <paramref name="settings"/> tells.</returns>
    public static StoreLocation Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var embedded = Sqlite(Defaults.SqliteFile, workingDirectory);
        if (settings.Find(OptionTable.Store) is { } store)
        {
            return FromUrl(store, settings, workingDirectory, warn) ?? embedded;
        }

        var environment = settings.Environment;
        return environment.Find([.. Host, .. Database]) is null ? embedded : Postgres(settings, null, []);
    }

    private static StoreLocation? FromUrl(
        Setting store, SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        if (store.Value.StartsWith(SqliteScheme, StringComparison.Ordinal))
        {
            var file = store.Value[SqliteScheme.Length..];
            if (file.Length > 0)
            {
                return Sqlite(file, workingDirectory);
            }
        }
        else if (HostUrls.TryRead(store.Value) is { } urls)
        {
            if (Secrets.HoldsPassword(store.Value) && store.Shown.StartsWith("--", StringComparison.Ordinal))
            {
                warn("The password in --store is visible in the process list and the shell's history. "
                    + "Put it into PG_PASSWORD, EMBED_STORE or the .env file instead.");
            }

            return Postgres(settings, store.Value, urls);
        }

        settings.Reject(store, Secrets.HoldsPassword(store.Value) ? $"{Advice} {EncodingAdvice}" : Advice);
        return null;
    }

    /// <summary>What the URL leaves out comes from the environment.</summary>
    private static PostgresLocation Postgres(SettingsReader settings, string? given, IReadOnlyList<Uri> hosts)
    {
        var environment = settings.Environment;
        var url = hosts.Count > 0 ? hosts[0] : null;
        var user = url?.UserInfo.Split(':', 2) ?? [];
        var query = url?.Query ?? "";
        var host = Missing("host", url?.Host is HostUrls.NoHost ? null : url?.Host, Host);
        var hasPorts = (hosts.Count > 0 && hosts.All(static one => one.Port > 0)) || query.Contains("port=", StringComparison.Ordinal);
        var ports = hasPorts ? [] : ReadPorts(settings, host);
        return new PostgresLocation(
            given,
            ports.Count > 1 ? HostsWithPorts(host!, ports) : host,
            ports.Count == 1 ? ports[0] : null,
            Missing("dbname", url?.AbsolutePath.Trim('/'), Database),
            Missing("user", user.ElementAtOrDefault(0), User),
            Missing("password", user.ElementAtOrDefault(1), Password))
        {
            Lease = ReadLease(settings),
            GiveUpAfter = settings.Seconds(OptionTable.GiveUpAfter, LongestWait),
        };

        string? Missing(string name, string? inUrl, string[] variables) =>
            !string.IsNullOrEmpty(inUrl) || query.Contains(name + "=", StringComparison.Ordinal)
                ? null
                : environment.Find(variables)?.Value;
    }

    // One port for all hosts, or one for each, as libpq has it.
    private static IReadOnlyList<int> ReadPorts(SettingsReader settings, string? hosts)
    {
        if (settings.Environment.Find(Port) is not { } setting)
        {
            return [];
        }

        var texts = setting.Value.Split(',');
        var ports = texts
            .Select(static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
            .ToList();
        if (ports.Any(static port => port is < 1 or > 65535))
        {
            settings.Reject(setting, "give a port from 1 to 65535.");
            return [];
        }

        if (ports.Count > 1 && ports.Count != hosts?.Split(',').Length)
        {
            settings.Reject(setting, "give one port, or as many as there are hosts.");
            return [];
        }

        return ports;
    }

    private static string HostsWithPorts(string hosts, IReadOnlyList<int> ports) =>
        string.Join(',', hosts.Split(',').Zip(ports, static (host, port) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}")));

    private static TimeSpan ReadLease(SettingsReader settings)
    {
        var lease = settings.Seconds(OptionTable.Lease, LongestWait) ?? Defaults.Lease;
        if (lease < ShortestLease)
        {
            settings.Reject(settings.Find(OptionTable.Lease)!, "give at least 1 second.");
        }

        return lease;
    }

    private static SqliteLocation Sqlite(string file, string workingDirectory) =>
        new(Path.GetFullPath(file, workingDirectory), file);
}
