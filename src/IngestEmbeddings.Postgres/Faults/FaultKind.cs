namespace IngestEmbeddings.Postgres.Faults;

/// <summary>What to do about an error of the server or of the connection.</summary>
internal enum FaultKind
{
    /// <summary>Not a fault of the server: a defect of the program, or a cancellation.</summary>
    Unknown,

    /// <summary>The connection or the server went away: connect and try again, without limit.</summary>
    Away,

    /// <summary>The server starts or stops: as <see cref="Away"/>, and worth a short wait at the start of a command too.</summary>
    Restarting,

    /// <summary>The server takes no writes, as a standby does: look for the one that does.</summary>
    ReadOnly,

    /// <summary>Another transaction was in the way (lock, deadlock, serialization): try again.</summary>
    Contention,

    /// <summary>The server is out of connections: wait and try again.</summary>
    Crowded,

    /// <summary>The server's disk or memory is full: wait long, and say so.</summary>
    Full,

    /// <summary>A statement took too long, was cancelled or met a defect of the server: a few more tries.</summary>
    Slow,

    /// <summary>A prepared statement no longer fits the table, or a pooler lost it: connect again, unprepared.</summary>
    StalePlan,

    /// <summary>The values of a row are refused: find the row and record it as failed.</summary>
    Data,

    /// <summary>Schema, rights or settings are wrong: the user must act.</summary>
    Configuration,
}
