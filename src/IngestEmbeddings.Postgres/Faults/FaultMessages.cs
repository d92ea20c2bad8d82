using System.Net.Sockets;
using System.Text.RegularExpressions;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Faults;

/// <summary>Says in the user's words what is wrong and what to do. Holds no password and no text of a row.</summary>
internal static partial class FaultMessages
{
    private const string PasswordPlaces = "Set PGPASSWORD (or PG_PASSWORD), or add a line to ~/.pgpass.";

    /// <summary>Turns a fault that ends a command into the exception that the user sees.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="location">The server and the database, without the password.</param>
    public static IngestException Explain(PostgresFault fault, string location) => fault switch
    {
        { AtStart: true, Kind: FaultKind.Crowded } => new TooManyConnectionsException(
            $"{location}: the server takes no more connections. Use fewer workers, or raise max_connections.", fault),
        { AtStart: true } or { Kind: FaultKind.Configuration or FaultKind.Data } =>
            new IngestException(IngestError.Configuration, Describe(fault, location), fault),
        _ => new IngestException(
            IngestError.Stopped, $"{location}: stopped after several tries: {Brief(fault)}. Written rows are kept; run the same command to resume.", fault),
    };

    /// <summary>What happened, in a few words.</summary>
    public static string Brief(PostgresFault fault) => Brief(fault.Server, fault.Cause);

    private static string Brief(PostgresException? server, Exception cause) =>
        server is not null ? $"{server.MessageText} ({server.SqlState})"
        : cause is AggregateException hosts ? string.Join("; ", Distinct(hosts))
        : cause.Message;

    private static string Describe(PostgresFault fault, string location) =>
        fault.Server is { } server ? DescribeServer(server, fault.Kind, location) : DescribeDriver(fault, location);

    private static string DescribeServer(PostgresException server, FaultKind kind, string location) => server.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword =>
            $"{location}: the password is wrong. {PasswordPlaces}",
        PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"{location}: {server.MessageText}. Check the user, and pg_hba.conf on the server.",
        PostgresErrorCodes.InvalidCatalogName => $"{location}: {server.MessageText}. Create it with createdb, or name another.",
        PostgresErrorCodes.ReadOnlySqlTransaction =>
            $"{location}: {server.MessageText}. The server is a standby, or default_transaction_read_only is on for the role or the database. Name the " +
            "primary, or all hosts (postgresql://one,other/database); or let the role write: ALTER ROLE … SET default_transaction_read_only = off.",
        PostgresErrorCodes.InsufficientPrivilege =>
            $"{location}: {server.MessageText}. {Grant(server.MessageText)}",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn =>
            $"{location}: {server.MessageText}. It was changed while in use; run again when it is settled.",
        PostgresErrorCodes.NotNullViolation =>
            $"{location}: column {server.ColumnName} of {server.TableName} must not be NULL and has no default. " +
            "Give it one, or drop the constraint.",
        PostgresErrorCodes.ProtocolViolation =>
            $"{location}: {server.MessageText}. The pooler takes no Options or Search Path in the connection string; leave them out.",
        // The message of a refused value may quote it.
        _ when kind == FaultKind.Data => $"{location}: a value was refused{Place(server)} ({server.SqlState}).",
        _ => $"{location}: {server.MessageText} ({server.SqlState}).",
    };

    // "permission denied for table notes", "must be owner of table notes"
    private static string Grant(string message) => Denied().Match(message) is { Success: true } denied
        ? denied.Groups["kind"].Value == "schema"
            ? $"Ask its owner for: GRANT USAGE ON SCHEMA {denied.Groups["name"].Value} TO the role that you connect as."
            : $"Ask its owner for: GRANT SELECT, INSERT, UPDATE ON {denied.Groups["name"].Value} TO the role that you connect as."
        : "Run as its owner.";

    [GeneratedRegex(@"\Apermission denied for (?<kind>\w+( \w+)?) (?<name>\S+)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Denied();

    // Each host is tried twice: with a connection that may be idle, then with a new one.
    private static IEnumerable<string> Distinct(AggregateException hosts) => hosts.InnerExceptions
        .Select(static host => Brief(host as PostgresException ?? host.InnerException as PostgresException, host.InnerException ?? host))
        .Distinct();

    private static string Place(PostgresException server) =>
        (server.TableName is { } table ? $" by table {table}" : "") + (server.ConstraintName is { } name ? $", constraint {name}" : "");

    private static string DescribeDriver(PostgresFault fault, string location) => fault.Cause switch
    {
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            $"{location}: there is no such host. Check PGHOST (or PG_HOST) and the name server.",
        SocketException socket =>
            $"{location}: no server answers ({socket.Message.TrimEnd('.')}). Check host and port, and that it runs.",
        AggregateException hosts =>
            $"{location}: no server answers that takes writes ({string.Join("; ", Distinct(hosts)).TrimEnd('.')}). Check hosts and ports.",
        _ when fault.Kind == FaultKind.ReadOnly =>
            $"{location}: none of the hosts takes writes: they are standbys or away. Name the primary too, or promote one.",
        TimeoutException => $"{location}: no answer in time. Check host, port and firewall.",
        NpgsqlException refused when refused.Message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
            $"{location}: a password is wanted and none was given. {PasswordPlaces}",
        var other => $"{location}: {other.Message} Check host, port, user and sslmode.",
    };
}
