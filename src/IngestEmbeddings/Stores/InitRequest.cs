namespace IngestEmbeddings.Stores;

/// <summary>What <c>init</c> creates where it is missing.</summary>
public sealed record InitRequest
{
    /// <summary>The table and its columns; columns not named get the store's usual names.</summary>
    public required TableRequest Table { get; init; }

    /// <summary>The dimension of the vectors, for a place that has to be created. Default 384.</summary>
    public int Dimension { get; init; } = 384;

    /// <summary>True: vectors that are there already must have <see cref="Dimension"/>. Default false: they stay what they are.</summary>
    public bool RequiresDimension { get; init; }

    /// <summary>Where the vectors are kept. Default: in a column of the table.</summary>
    public VectorPlace Place { get; init; }

    /// <summary>
    /// True: the table notes its changes, for runs that watch; false: it notes them no longer; null: that stays as it is. Only of
    /// use where <see cref="StoreCapabilities.TracksChanges"/>. Default null.
    /// </summary>
    public bool? TracksChanges { get; init; }

    /// <summary>The form in which the vectors are kept. Default: single precision.</summary>
    public VectorForm Form { get; init; }
}

/// <summary>Where the vectors of a table are kept.</summary>
public enum VectorPlace
{
    /// <summary>In a column of the table itself.</summary>
    Column,

    /// <summary>
    /// In a separate table, with the model and a hash of the text: the table with the texts is not rewritten, vectors of
    /// several models fit, and a changed text is detected. Not every store has it.
    /// </summary>
    Table,
}

/// <summary>What a vector is kept as.</summary>
public enum VectorForm
{
    /// <summary>Single precision, four bytes a component: <c>vector</c>.</summary>
    Single,

    /// <summary>Half precision, two bytes a component: <c>halfvec</c>.</summary>
    Half,

    /// <summary>The sign alone, one bit a component, set where it is greater than 0: <c>bit</c>.</summary>
    Sign,
}

/// <summary>What <c>init</c> found and did.</summary>
/// <param name="Table">The table as it is now.</param>
/// <param name="Created">What was created, one line each; empty when nothing was missing.</param>
public sealed record InitReport(TableDescription Table, IReadOnlyList<string> Created);
