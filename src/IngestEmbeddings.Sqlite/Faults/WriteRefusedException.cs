namespace IngestEmbeddings.Sqlite.Faults;

/// <summary>A constraint or a trigger refused a write, because of one of its rows or because of the table.</summary>
/// <param name="message">What happened and what to do, for a write that ends the run.</param>
/// <param name="reason">Why, for the failed row; never its text.</param>
/// <param name="mayConcernTable">True when the statement itself may be wrong by now, such as after a column was dropped.</param>
/// <param name="inner">SQLite's error; null where SQLite reported none.</param>
internal sealed class WriteRefusedException(string message, string reason, bool mayConcernTable = false, Exception? inner = null)
    : IngestException(IngestError.Configuration, message, inner)
{
    /// <summary>Why, for the failed row; never its text.</summary>
    public string Reason => reason;

    /// <summary>True when the statement itself may be wrong by now, such as after a column was dropped.</summary>
    public bool MayConcernTable => mayConcernTable;
}
