namespace IngestEmbeddings.Postgres.Faults;

/// <summary>What to do about an error of the server or of the connection.</summary>
internal enum FaultKind
{
    /// <summary>Not ours to handle: a defect of the program.</summary>
    Unknown,

    /// <summary>The connection or the server went away: connect anew and try again, without limit.</summary>
    Away,

    /// <summary>The server takes no writes, as a standby does: look again where the one is that does.</summary>
    ReadOnly,

    /// <summary>Another transaction was in the way (lock, deadlock, serialization): try again.</summary>
    Contention,

    /// <summary>The server is out of connections: wait and try again.</summary>
    Crowded,

    /// <summary>The server's disk or memory is full: wait long, and say so.</summary>
    Full,

    /// <summary>A statement took too long, was cancelled by somebody or met a defect of the server: a few tries more.</summary>
    Slow,

    /// <summary>A prepared statement no longer fits the table, or a pooler lost it: connect anew, unprepared.</summary>
    StalePlan,

    /// <summary>The values of a row are refused: find the row and set it aside.</summary>
    Data,

    /// <summary>Schema, rights or settings are wrong: the user must act.</summary>
    Configuration,
}
