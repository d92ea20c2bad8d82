using IngestEmbeddings.Events;
using System.Globalization;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>
/// Gives the driver a connection keyword of libpq (PostgreSQL's manual, 32.1.2): mapped, or refused where leaving it out would
/// weaken the connection, or left out with a notice where it would not.
/// </summary>
internal static class LibpqKeywords
{
    private const int MaxTimeout = 1024;

    /// <summary>Sets what a keyword says. Keywords that libpq does not have are the driver's own.</summary>
    /// <exception cref="IngestException">The keyword or its value is not understood, or cannot be honoured. The value is not repeated.</exception>
    public static void Set(NpgsqlConnectionStringBuilder builder, string keyword, string value, IIngestObserver observer)
    {
        if (value.Length == 0)
        {
            return;
        }

        try
        {
            Apply(builder, keyword.ToLowerInvariant(), value, observer);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw Refused($"'{keyword}' in the connection to PostgreSQL is not understood, or its value; see the manual of libpq.");
        }
    }

    private static void Apply(NpgsqlConnectionStringBuilder builder, string keyword, string value, IIngestObserver observer)
    {
        switch (keyword)
        {
            case "host":
            case "port":
                builder[keyword] = value;
                break;
            case "hostaddr":
                builder.Host ??= value;
                if (builder.Host != value)
                {
                    throw Refused("Both host and hostaddr are given: leave one out.");
                }

                break;
            case "dbname":
                builder.Database = value;
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "passfile":
                builder.Passfile = value;
                break;
            case "options":
                builder.Options = value;
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "fallback_application_name":
                builder.ApplicationName ??= value;
                break;
            case "connect_timeout":
                // To libpq, 0 and less mean for ever; the driver's maximum is a quarter of an hour.
                var seconds = int.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                builder.Timeout = seconds <= 0 ? 0 : Math.Min(seconds, MaxTimeout);
                break;
            case "keepalives":
                builder.TcpKeepAlive = Flag(value);
                break;
            case "keepalives_idle":
                builder.TcpKeepAliveTime = Seconds(value);
                break;
            case "keepalives_interval":
                builder.TcpKeepAliveInterval = Seconds(value);
                break;
            case "krbsrvname":
                builder.KerberosServiceName = value;
                break;
            case "timezone":
                builder.Timezone = value;
                break;
            case "load_balance_hosts":
                builder.LoadBalanceHosts = Choice(value, ("disable", false), ("random", true)) && builder.Host?.Contains(',') == true;
                break;
            case "target_session_attrs":
                SetTarget(builder, value);
                break;
            case "client_encoding" when !value.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase) && value != "auto":
                observer.Observe(new KeywordIgnored(keyword, "texts are read and written as UTF8"));
                break;
            case "client_encoding":
                break;
            default:
                ApplyProtection(builder, keyword, value, observer);
                break;
        }
    }

    private static void ApplyProtection(NpgsqlConnectionStringBuilder builder, string keyword, string value, IIngestObserver observer)
    {
        switch (keyword)
        {
            case "sslmode":
                builder.SslMode = Choice(
                    value, ("disable", SslMode.Disable), ("allow", SslMode.Allow), ("prefer", SslMode.Prefer), ("require", SslMode.Require),
                    ("verify-ca", SslMode.VerifyCA), ("verify-full", SslMode.VerifyFull));
                StrengthenRequire(builder);
                break;
            case "sslrootcert" when value == "system":
                // The certificates of the system are the driver's own choice, and libpq allows no weaker check with them.
                builder.SslMode = SslMode.VerifyFull;
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                StrengthenRequire(builder);
                break;
            case "sslcert":
                builder.SslCertificate = value;
                break;
            case "sslkey":
                builder.SslKey = value;
                break;
            case "sslpassword":
                builder.SslPassword = value;
                break;
            case "sslnegotiation":
                builder.SslNegotiation = Choice(value, ("postgres", SslNegotiation.Postgres), ("direct", SslNegotiation.Direct));
                break;
            case "channel_binding":
                builder.ChannelBinding = Choice(
                    value, ("disable", ChannelBinding.Disable), ("prefer", ChannelBinding.Prefer), ("require", ChannelBinding.Require));
                if (builder.ChannelBinding == ChannelBinding.Require)
                {
                    // The driver checks the binding of SCRAM alone; any other method, or none, has no binding.
                    builder.RequireAuth ??= "ScramSHA256";
                }

                break;
            case "require_auth":
                builder.RequireAuth = string.Join(',', value.Split(',').Select(RequiredAuth));
                break;
            case "gssencmode":
                // GSSAPI is tried only where it is required: the driver's library for it is missing on many machines.
                builder.GssEncryptionMode = Choice(
                    value, ("disable", GssEncryptionMode.Disable), ("prefer", GssEncryptionMode.Disable), ("require", GssEncryptionMode.Require));
                break;
            case "requiressl":
                builder.SslMode = Flag(value) && builder.SslMode < SslMode.Require ? SslMode.Require : builder.SslMode;
                break;
            case "sslcompression" or "gssdelegation" when !Flag(value):
            case "sslsni" when Flag(value):
            case "sslcertmode" when value == "allow":
            case "replication" when value is "false" or "off" or "no" or "0":
            case "ssl_min_protocol_version" when value.ToUpperInvariant() is "TLSV1" or "TLSV1.1" or "TLSV1.2":
                // That is how it is.
                break;
            case "keepalives_count" or "tcp_user_timeout" or "sslcompression" or "sslsni" or "ssl_max_protocol_version" or "min_protocol_version"
                or "max_protocol_version" or "gsslib" or "gssdelegation" or "sslkeylogfile" or "datestyle" or "geqo":
                observer.Observe(new KeywordIgnored(keyword, "the driver has nothing like it"));
                break;
            case "ssl_min_protocol_version" or "sslcertmode" or "sslcrl" or "sslcrldir" or "requirepeer" or "replication" or "service"
                or "scram_client_key" or "scram_server_key":
                throw Refused($"'{keyword}' cannot be honoured by the driver, and leaving it out would make another connection than is meant: take it out.");
            default:
                builder[keyword] = value;
                break;
        }
    }

    // With a root certificate, libpq takes require for verify-ca.
    private static void StrengthenRequire(NpgsqlConnectionStringBuilder builder)
    {
        if (builder is { SslMode: SslMode.Require, RootCertificate: not null })
        {
            builder.SslMode = SslMode.VerifyCA;
        }
    }

    // The tool writes: one server must take writes whatever is asked for, and of several the one that does is taken.
    private static void SetTarget(NpgsqlConnectionStringBuilder builder, string value)
    {
        var allowsWrites = Choice(
            value, ("any", true), ("read-write", true), ("primary", true), ("prefer-standby", true), ("read-only", false), ("standby", false));
        if (!allowsWrites)
        {
            throw Refused($"target_session_attrs={value} asks for a server that takes no writes, and embeddings are to be written: leave it out.");
        }

        if (builder.Host?.Contains(',') == true)
        {
            builder.TargetSessionAttributes = value == "primary" ? value : "read-write";
        }
    }

    private static string RequiredAuth(string method)
    {
        var name = method.Trim();
        var (mark, plain) = name.StartsWith('!') ? ("!", name[1..]) : ("", name);
        return mark + Choice(plain, ("password", "Password"), ("md5", "MD5"), ("gss", "GSS"), ("sspi", "SSPI"), ("scram-sha-256", "ScramSHA256"), ("none", "None"));
    }

    private static bool Flag(string value) => Choice(value, ("0", false), ("1", true));

    private static int Seconds(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static T Choice<T>(string value, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        foreach (var (name, meaning) in choices)
        {
            if (name == value)
            {
                return meaning;
            }
        }

        throw new FormatException();
    }

    private static IngestException Refused(string message) => new(IngestError.Configuration, message);
}
