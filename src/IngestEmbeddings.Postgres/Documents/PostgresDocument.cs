using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Documents;

/// <summary>A document as it was read.</summary>
/// <param name="key">Its key, a text for each column.</param>
/// <param name="version">The transaction that wrote the version that was read (<c>xmin</c>).</param>
/// <param name="hash">The hash of its text.</param>
/// <param name="text">Its text.</param>
/// <param name="ids">The ids of its chunks, in their order.</param>
/// <param name="past">Its chunks.</param>
internal sealed class PostgresDocument(string[] key, uint version, long hash, string text, IReadOnlyList<long> ids, IReadOnlyList<PastChunk> past)
    : PendingDocument(key.Length == 1 ? key[0] : $"({string.Join(", ", key)})", text, past)
{
    public string[] KeyTexts => key;

    public uint Version => version;

    public long Hash => hash;

    public IReadOnlyList<long> Ids => ids;
}
