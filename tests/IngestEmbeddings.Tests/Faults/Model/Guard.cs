namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>The guards of the protocol. The tests take them away one by one to see what each is there for.</summary>
[Flags]
internal enum Guard
{
    None = 0,

    /// <summary>A vector is written only to the version of the row that was read (<c>xmin</c>).</summary>
    Source = 1 << 0,

    /// <summary>A write checks, in its own transaction, that the key range is still claimed by the writer.</summary>
    Fence = 1 << 1,

    /// <summary>The check compares a random nonce too, because a crash may give the same fence number out twice.</summary>
    Nonce = 1 << 2,

    /// <summary>The cursor is no further than the rows that the same transaction, or one before it, has dealt with.</summary>
    Cursor = 1 << 3,

    /// <summary>A key range is done only when every window read from it is written.</summary>
    Completion = 1 << 4,

    /// <summary>Rows that were behind the frontier are looked for until none is found.</summary>
    Sweep = 1 << 5,

    /// <summary>Leases are measured with the clock of the database, not with each worker's own.</summary>
    DatabaseClock = 1 << 6,

    /// <summary>Key ranges are carved under a lock on the row of the run.</summary>
    FrontierLock = 1 << 7,

    /// <summary>A write whose answer was lost is looked up before it is tried again.</summary>
    LastWrite = 1 << 8,

    /// <summary>A row that changed while it was encoded is remembered where it does not show by having no vector.</summary>
    Redo = 1 << 9,

    /// <summary>Claims are counted, so that a key range that kills its workers is split down to the row.</summary>
    Attempts = 1 << 10,

    /// <summary>A stopping worker gives back only what it still holds.</summary>
    Release = 1 << 11,

    /// <summary>A worker that finds nothing to claim begins again with the first key range: after a failover one may be open again.</summary>
    Beginning = 1 << 12,

    All = (1 << 13) - 1,
}

/// <summary>How a run knows which rows are done.</summary>
internal enum RunKind
{
    /// <summary>The rows tell, as in every run of the program: pending is <c>embedding IS NULL</c>, or not written since.</summary>
    Fill,

    /// <summary>
    /// Only the cursors tell, and every row's vector is replaced. The program never relies on that; but where rows do not tell
    /// that they are done, nothing covers up for a guard that is missing.
    /// </summary>
    Blind,
}
