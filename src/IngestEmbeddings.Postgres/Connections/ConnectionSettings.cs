using System.Data.Common;
using System.Net;
using IngestEmbeddings.Events;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>Turns options into the connection string that every connection of the program uses.</summary>
internal static class ConnectionSettings
{
    // Auto-prepared statements a connection keeps; the protocol has about ten.
    private const int PreparedStatements = 24;

    // Sessions hold one connection each and the store two; a bound of our own would only hide the server's.
    private const int PoolSize = 1024;

    private const int BufferSize = 64 * 1024;

    /// <exception cref="IngestException">The connection string cannot be read. Its text is not repeated.</exception>
    public static NpgsqlConnectionStringBuilder Build(PostgresOptions options)
    {
        var (builder, given) = Parse(options);
        builder.ApplicationName ??= "ingest-embeddings";
        if (!given("Keepalive"))
        {
            builder.KeepAlive = 30;
        }

        if (!builder.Host!.Split(',').Any(IsSocket) && !(given("TCP Keepalive") && !builder.TcpKeepAlive))
        {
            // The system's own first probe comes after two hours; a cut cable must show within a minute. A socket of this machine
            // has no such probes, and opening one with them fails.
            builder.TcpKeepAlive = true;
            builder.TcpKeepAliveTime = builder.TcpKeepAliveTime > 0 ? builder.TcpKeepAliveTime : 30;
            builder.TcpKeepAliveInterval = builder.TcpKeepAliveInterval > 0 ? builder.TcpKeepAliveInterval : 10;
        }

        if (!given("Command Timeout") && !given("CommandTimeout"))
        {
            // A little above the statement_timeout of 60 s, so that the server speaks first and says which it was.
            builder.CommandTimeout = 65;
        }

        if (!given("Maximum Pool Size") && !given("MaxPoolSize"))
        {
            builder.MaxPoolSize = PoolSize;
        }

        if (!given("Max Auto Prepare") && !given("MaxAutoPrepare"))
        {
            builder.MaxAutoPrepare = PreparedStatements;
        }

        // A window of texts, or a batch of vectors, is some hundred kilobytes: with the driver's 8 kB a call to the system each.
        if (!given("Read Buffer Size") && !given("ReadBufferSize"))
        {
            builder.ReadBufferSize = BufferSize;
        }

        if (!given("Write Buffer Size") && !given("WriteBufferSize"))
        {
            builder.WriteBufferSize = BufferSize;
        }

        // DISCARD ALL would reach some other server connection behind a pooler in transaction mode.
        builder.NoResetOnClose = true;
        if (!given("GSS Encryption Mode"))
        {
            builder.GssEncryptionMode = GssEncryptionMode.Disable;
        }

        // The driver decodes UTF-8 whatever the server is told to send.
        builder.ClientEncoding = "UTF8";
        // The details of an error may hold a row's text.
        builder.IncludeErrorDetail = false;
        builder.PersistSecurityInfo = false;
        ChooseTls(builder, given("SSL Mode") || given("SslMode"), options.Observer);
        if (IsSeveral(builder))
        {
            ChooseHost(builder, given);
        }

        return builder;
    }

    /// <summary>True when the settings name several hosts, of which one takes writes.</summary>
    public static bool IsSeveral(NpgsqlConnectionStringBuilder settings) => settings.Host!.Contains(',');

    /// <summary>Where the settings lead, without the password.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder settings)
    {
        var user = string.IsNullOrEmpty(settings.Username) ? "" : settings.Username + "@";
        if (IsSocket(settings.Host!) && !IsSeveral(settings))
        {
            return $"postgresql://{user}/{settings.Database ?? settings.Username}?host={settings.Host}&port={settings.Port}";
        }

        var hosts = settings.Host!.Split(',').Select(host => HasPort(host) ? host : $"{host}:{settings.Port}");
        return $"postgresql://{user}{string.Join(',', hosts)}/{settings.Database ?? settings.Username}";
    }

    // Only hosts of a list bring a port of their own. An address of IPv6 has more than one colon, or brackets around them.
    private static bool HasPort(string host) =>
        host.LastIndexOf(':') is var colon && colon > host.LastIndexOf(']') && host.IndexOf(':', Math.Max(0, host.LastIndexOf(']'))) == colon;

    private static (NpgsqlConnectionStringBuilder Builder, Func<string, bool> Given) Parse(PostgresOptions options)
    {
        var text = options.ConnectionString ?? "";
        try
        {
            var builder = PostgresUrl.IsUrl(text) ? PostgresUrl.Parse(text, options.Observer) : new NpgsqlConnectionStringBuilder(text);
            builder.Host = options.Host ?? builder.Host ?? "localhost";
            builder.Port = options.Port ?? builder.Port;
            builder.Database = options.Database ?? builder.Database;
            builder.Username = options.User ?? builder.Username;
            builder.Password = options.Password ?? builder.Password;
            foreach (var (keyword, value) in options.Parameters ?? new Dictionary<string, string>())
            {
                LibpqKeywords.Set(builder, keyword, value, options.Observer);
            }

            var plain = new DbConnectionStringBuilder { ConnectionString = builder.ConnectionString };
            return (builder, plain.ContainsKey);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new IngestException(
                IngestError.Configuration,
                "The PostgreSQL connection string cannot be read; write it as postgresql://user@host:5432/database.");
        }
    }

    // Npgsql's default, Prefer, takes any certificate and falls back to none: over a network that is no protection at all.
    private static void ChooseTls(NpgsqlConnectionStringBuilder builder, bool given, IIngestObserver observer)
    {
        if (IsLocal(builder.Host!))
        {
            return;
        }

        if (!given)
        {
            builder.SslMode = SslMode.VerifyFull;
        }
        else if (builder.SslMode is SslMode.Allow or SslMode.Prefer)
        {
            observer.Observe(new SslModeRaised(builder.Host!, builder.SslMode.ToString().ToLowerInvariant()));
            builder.SslMode = SslMode.Require;
        }
        else if (builder.SslMode != SslMode.VerifyFull)
        {
            observer.Observe(new ServerNotVerified(builder.Host!, builder.SslMode.ToString()));
        }
    }

    // The driver takes any host that answers, and remembers for ten seconds what a host was: a standby refuses every write, and one
    // that was promoted should be found at the next try. The retries keep the delays.
    private static void ChooseHost(NpgsqlConnectionStringBuilder builder, Func<string, bool> given)
    {
        if (!given("Target Session Attributes") && !given("TargetSessionAttributes"))
        {
            builder.TargetSessionAttributes = "read-write";
        }

        if (!given("Host Recheck Seconds") && !given("HostRecheckSeconds"))
        {
            builder.HostRecheckSeconds = 1;
        }
    }

    // The folder of the server's socket, or the name of one in Linux's abstract namespace.
    private static bool IsSocket(string host) => host.StartsWith('/') || host.StartsWith('@');

    private static bool IsLocal(string hosts) => hosts.Split(',').All(static host =>
        IsSocket(host) || host.Split(':')[0].Equals("localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)) ||
        (IPAddress.TryParse(host.Split(':')[0], out address) && IPAddress.IsLoopback(address)));
}
