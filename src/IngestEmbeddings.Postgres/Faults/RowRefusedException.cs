namespace IngestEmbeddings.Postgres.Faults;

/// <summary>Some row of a batch must not be written as it would be stored. The transaction is rolled back.</summary>
/// <param name="reason">Why, without the row's text.</param>
internal sealed class RowRefusedException(string reason) : Exception(reason);
