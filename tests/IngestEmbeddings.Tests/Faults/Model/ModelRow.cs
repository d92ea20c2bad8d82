namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>A row of the user's table; the place in the array is the key.</summary>
internal struct ModelRow
{
    public bool Exists;

    /// <summary>The version of the text: another with each change, and never one that another text had.</summary>
    public int Text;

    /// <summary>The version of the text that the vector was made from; -1 for no vector.</summary>
    public int Vector;

    /// <summary>True when this run made the vector.</summary>
    public bool Written;

    /// <summary>The row's version, as the system column <c>xmin</c> has it.</summary>
    public int Xmin;

    /// <summary>The worker whose open transaction has locked the row; -1 for none.</summary>
    public int LockedBy;

    /// <summary>A text that kills every worker that encodes it.</summary>
    public bool Poison;

    /// <summary>True when the key is in <c>ingest_embeddings.failed_row</c>.</summary>
    public bool Dead;

    /// <summary>True when the key is in <c>ingest_embeddings.redo</c>.</summary>
    public bool Redo;
}

/// <summary>A row of <c>ingest_embeddings.key_range</c>: the keys after <see cref="Low"/>, up to <see cref="High"/>.</summary>
internal struct ModelRange
{
    public int Pass;
    public int Low;
    public int High;
    public int Cursor;
    public ModelRangeState State;
    public int Nonce;
    public int Fence;
    public int LeaseUntil;
    public int Attempts;
    public int LastWrite;
    public int LockedBy;
}

internal enum ModelRangeState
{
    Free,
    Claimed,
    Done,
}
