using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>Which store, and where.</summary>
internal abstract record StoreLocation
{
    /// <summary>The model that is used when none is named.</summary>
    public abstract string DefaultModel { get; }
}

/// <summary>A file of the embedded store.</summary>
/// <param name="File">The full path.</param>
/// <param name="Shown">The path as the user gave it.</param>
internal sealed record SqliteLocation(string File, string Shown) : StoreLocation
{
    /// <summary>True for a command that only reads: a file that is not there is an error, and is not created.</summary>
    public bool MustExist { get; init; }

    /// <summary>True where nothing is written: the file is neither locked nor changed.</summary>
    public bool OnlyReads { get; init; }

    public override string DefaultModel => Defaults.SqliteModel;
}

/// <summary>A database of a PostgreSQL server. What is null is left to the server's library and its own defaults.</summary>
/// <param name="Url">The URL as given; the other parts are those that it leaves out.</param>
/// <param name="Host">The host, or the folder of its socket.</param>
/// <param name="Port">The port.</param>
/// <param name="Database">The database.</param>
/// <param name="User">The role to log in as.</param>
/// <param name="Password">The password.</param>
internal sealed record PostgresLocation(
    string? Url, string? Host, int? Port, string? Database, string? User, string? Password)
    : StoreLocation
{
    /// <summary>Further connection keywords of libpq, from a service or the environment; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>The file that names the host, where that merely lay in the folder; null for the user's own word.</summary>
    public string? HostOrigin { get; init; }

    /// <summary>How long a claim holds without a sign of life.</summary>
    public TimeSpan Lease { get; init; } = Defaults.Lease;

    /// <summary>How long to keep trying while the server is away; null for ever.</summary>
    public TimeSpan? GiveUpAfter { get; init; }

    public override string DefaultModel => Defaults.PostgresModel;

    // The compiler's own would print the password.
    public override string ToString() => Url is null ? $"postgresql://{Host}:{Port}/{Database}" : Secrets.RedactUrl(Url);
}
