using Npgsql;

namespace IngestEmbeddings.Postgres.Faults;

/// <summary>An error of the server or of the connection, classified once. The connection layer throws it.</summary>
internal sealed class PostgresFault : Exception
{
    public PostgresFault(FaultKind kind, Exception error)
        : base(error.Message, error)
    {
        Kind = kind;
        Server = error as PostgresException ?? error.InnerException as PostgresException;
        Cause = error.InnerException ?? error;
    }

    /// <summary>What to do about it.</summary>
    public FaultKind Kind { get; }

    /// <summary>The error as the server sent it; null where the driver or the network failed.</summary>
    public PostgresException? Server { get; }

    /// <summary>What the driver met, under what it calls it.</summary>
    public Exception Cause { get; }

    /// <summary>The server's code for it; null where the driver or the network failed.</summary>
    public string? SqlState => Server?.SqlState;

    /// <summary>Why a row was refused, without its values: the message of the server may quote them, its code does not.</summary>
    public string RefusalReason => Server is null ? Message : $"the server refused the row's values (SQLSTATE {Server.SqlState})";

    /// <summary>True when a command could not start: an absent server is then an error of the configuration.</summary>
    public bool AtStart { get; init; }

    /// <summary>Classifies an exception; null for what is no fault of the server or the connection.</summary>
    public static PostgresFault? TryFrom(Exception error) =>
        error as PostgresFault ?? (FaultClassifier.Classify(error) is var kind and not FaultKind.Unknown ? new PostgresFault(kind, error) : null);

    /// <summary>The same fault, at the start of a command.</summary>
    public PostgresFault AsStart() => new(Kind, InnerException!) { AtStart = true };
}
