using System.Net.Sockets;
using Npgsql;

namespace IngestEmbeddings.Postgres.Faults;

/// <summary>Says what an error means. Npgsql's own <c>IsTransient</c> is wrong for several of them.</summary>
/// <remarks>States: appendix A of the PostgreSQL manual. Poolers send 08P01 for refusals of their own.</remarks>
internal static class FaultClassifier
{
    public static FaultKind Classify(Exception fault) => fault switch
    {
        PostgresException server => Classify(server),
        NpgsqlException { InnerException: PostgresException server } => Classify(server),
        RowRefusedException => FaultKind.Data,
        NpgsqlException { InnerException: AggregateException hosts } => ClassifyHosts(hosts),
        // Without a cause, the driver knows that every host is away or a standby.
        NpgsqlException { InnerException: null } refusal when refusal.Message.Contains("suitable host", StringComparison.Ordinal) => FaultKind.ReadOnly,
        NpgsqlException { InnerException: TimeoutException } => FaultKind.Away,
        NpgsqlException { InnerException: SocketException } => FaultKind.Away,
        // The server took the connection and went away.
        NpgsqlException { InnerException: IOException } => FaultKind.Restarting,
        // Without a cause it is a refusal of the driver (TLS wanted and not offered, no password given).
        NpgsqlException { InnerException: null } => FaultKind.Configuration,
        NpgsqlException { InnerException: System.Security.Authentication.AuthenticationException } => FaultKind.Configuration,
        NpgsqlException => FaultKind.Away,
        SocketException or IOException or TimeoutException => FaultKind.Away,
        _ => FaultKind.Unknown,
    };

    private static FaultKind Classify(PostgresException server) => server.SqlState switch
    {
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => FaultKind.Restarting,
        // 57P05 idle session timeout, 25P03 idle in transaction.
        "57P05" or "25P03" => FaultKind.Away,
        PostgresErrorCodes.ReadOnlySqlTransaction => FaultKind.ReadOnly,
        // PgBouncer and its kin send 08P01 for everything; only wrong start-up parameters are for the user.
        PostgresErrorCodes.ProtocolViolation => ClassifyPooler(server.MessageText),
        PostgresErrorCodes.TooManyConnections => FaultKind.Crowded,
        PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory => FaultKind.Full,
        PostgresErrorCodes.QueryCanceled => FaultKind.Slow,
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure =>
            FaultKind.Contention,
        // 26000: a pooler without support for prepared statements. 42P05: it gave us another client's.
        PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement => FaultKind.StalePlan,
        PostgresErrorCodes.FeatureNotSupported when server.MessageText.Contains("cached plan", StringComparison.Ordinal) =>
            FaultKind.StalePlan,
        // A column of the metrics table that takes no NULL is no fault of a row.
        PostgresErrorCodes.NotNullViolation => FaultKind.Configuration,
        // What pgvector says of a vector of another dimension than the column's, which concerns every row.
        "22000" when server.MessageText.StartsWith("expected ", StringComparison.Ordinal) && server.MessageText.Contains("dimensions", StringComparison.Ordinal) =>
            FaultKind.Configuration,
        var state => ClassifyClass(state),
    };

    // A class that PostgreSQL does not have is one that a trigger of the user's has raised, for a row.
    private static FaultKind ClassifyClass(string state) => state[..2] switch
    {
        "08" => FaultKind.Away,
        // Faults of the server's disk or of the server itself rarely pass, so the tries are few.
        "58" or "XX" => FaultKind.Slow,
        "53" => FaultKind.Full,
        "40" => FaultKind.Contention,
        "22" or "23" or "09" or "20" or "27" or "38" or "39" or "44" or "54" or "P0" => FaultKind.Data,
        "00" or "01" or "02" or "03" or "0A" or "0B" or "0F" or "0L" or "0P" or "0Z" or "21" or "24" or "25" or "26" or "28" or "2B" or "2D"
            or "2F" or "34" or "3B" or "3D" or "3F" or "42" or "55" or "57" or "72" or "F0" or "HV" => FaultKind.Configuration,
        _ => FaultKind.Data,
    };

    // One host that may come back is enough to wait for.
    private static FaultKind ClassifyHosts(AggregateException hosts)
    {
        var kinds = hosts.InnerExceptions.Select(Classify).ToList();
        return kinds.Contains(FaultKind.Crowded) ? FaultKind.Crowded : kinds.Exists(static kind => kind is FaultKind.Away or FaultKind.Restarting) ? FaultKind.Away : kinds[0];
    }

    private static FaultKind ClassifyPooler(string message) =>
        message.Contains("startup parameter", StringComparison.OrdinalIgnoreCase) ? FaultKind.Configuration
        : message.Contains("prepared statement", StringComparison.OrdinalIgnoreCase) ? FaultKind.StalePlan
        : FaultKind.Away;
}
