namespace IngestEmbeddings.Rows;

/// <summary>A failed row: data, not an exception. The store keeps its key and the reason, never its text.</summary>
/// <param name="Row">The index of the row in its window.</param>
/// <param name="Stage">The stage that failed: <c>tokenize</c>, <c>encode</c>, <c>check</c>, <c>write</c>.</param>
/// <param name="Reason">What went wrong, without the text of the row.</param>
public sealed record RowFailure(int Row, string Stage, string Reason);
