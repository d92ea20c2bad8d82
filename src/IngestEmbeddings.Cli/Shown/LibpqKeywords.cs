namespace IngestEmbeddings.Cli.Shown;

/// <summary>The connection keywords of libpq and the environment variables that give them (PostgreSQL's manual, 32.1.2 and 32.15).</summary>
internal static class LibpqKeywords
{
    /// <summary>Those with a place of their own in the location of a PostgreSQL store.</summary>
    public static readonly IReadOnlyList<string> Places = ["host", "hostaddr", "port", "dbname", "user", "password", "service"];

    /// <summary>The others, with their variables. What is done about each, the PostgreSQL library decides.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Others = new Dictionary<string, string?>
    {
        ["passfile"] = "PGPASSFILE",
        ["require_auth"] = "PGREQUIREAUTH",
        ["channel_binding"] = "PGCHANNELBINDING",
        ["connect_timeout"] = "PGCONNECT_TIMEOUT",
        ["client_encoding"] = "PGCLIENTENCODING",
        ["options"] = "PGOPTIONS",
        ["application_name"] = "PGAPPNAME",
        ["fallback_application_name"] = null,
        ["keepalives"] = null,
        ["keepalives_idle"] = null,
        ["keepalives_interval"] = null,
        ["keepalives_count"] = null,
        ["tcp_user_timeout"] = null,
        ["replication"] = null,
        ["gssencmode"] = "PGGSSENCMODE",
        ["sslmode"] = "PGSSLMODE",
        ["requiressl"] = "PGREQUIRESSL",
        ["sslnegotiation"] = "PGSSLNEGOTIATION",
        ["sslcompression"] = "PGSSLCOMPRESSION",
        ["sslcert"] = "PGSSLCERT",
        ["sslkey"] = "PGSSLKEY",
        ["sslkeylogfile"] = "PGSSLKEYLOGFILE",
        ["sslpassword"] = null,
        ["sslcertmode"] = "PGSSLCERTMODE",
        ["sslrootcert"] = "PGSSLROOTCERT",
        ["sslcrl"] = "PGSSLCRL",
        ["sslcrldir"] = "PGSSLCRLDIR",
        ["sslsni"] = "PGSSLSNI",
        ["requirepeer"] = "PGREQUIREPEER",
        ["ssl_min_protocol_version"] = "PGSSLMINPROTOCOLVERSION",
        ["ssl_max_protocol_version"] = "PGSSLMAXPROTOCOLVERSION",
        ["min_protocol_version"] = "PGMINPROTOCOLVERSION",
        ["max_protocol_version"] = "PGMAXPROTOCOLVERSION",
        ["krbsrvname"] = "PGKRBSRVNAME",
        ["gsslib"] = "PGGSSLIB",
        ["gssdelegation"] = "PGGSSDELEGATION",
        ["scram_client_key"] = null,
        ["scram_server_key"] = null,
        ["target_session_attrs"] = "PGTARGETSESSIONATTRS",
        ["load_balance_hosts"] = "PGLOADBALANCEHOSTS",
        ["timezone"] = "PGTZ",
        ["datestyle"] = "PGDATESTYLE",
        ["geqo"] = "PGGEQO",
    };

    /// <summary>The keywords whose values are paths.</summary>
    public static readonly IReadOnlySet<string> Files =
        new HashSet<string> { "passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "sslkeylogfile" };

    /// <summary>The keywords that decide who is believed and what is kept from listeners.</summary>
    public static readonly IReadOnlySet<string> Protections = new HashSet<string>
    {
        "sslmode", "requiressl", "sslrootcert", "sslcert", "sslkey", "passfile", "require_auth", "channel_binding", "gssencmode", "sslnegotiation", "sslcertmode",
    };

    /// <summary>
    /// The variables that the driver reads by itself, some of them otherwise than libpq: they are taken out of the process once
    /// the program has read them, so that the driver does what it is told and nothing else.
    /// </summary>
    public static readonly IReadOnlyList<string> ReadByDriver =
    [
        "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGCLIENTENCODING", "PGTZ", "PGOPTIONS",
        "PGTARGETSESSIONATTRS", "PGSSLNEGOTIATION", "PGGSSENCMODE", "PGREQUIREAUTH", "PGAPPNAME",
    ];

    /// <summary>True for a keyword of libpq.</summary>
    public static bool IsKnown(string keyword) => Places.Contains(keyword) || Others.ContainsKey(keyword);
}
