using System.Globalization;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite.Documents;

/// <summary>A document as it was read.</summary>
/// <param name="key">The values of its key.</param>
/// <param name="hash">The hash of its text.</param>
/// <param name="text">Its text.</param>
/// <param name="ids">The ids of its chunks, in their order.</param>
/// <param name="past">Its chunks.</param>
internal sealed class SqliteDocument(object[] key, long hash, string text, IReadOnlyList<long> ids, IReadOnlyList<PastChunk> past)
    : PendingDocument(Shown(key), text, past)
{
    public object[] Values => key;

    public long Hash => hash;

    public IReadOnlyList<long> Ids => ids;

    private static string Shown(object[] key) => key.Length == 1
        ? Convert.ToString(key[0], CultureInfo.InvariantCulture) ?? ""
        : $"({string.Join(", ", key.Select(static value => Convert.ToString(value, CultureInfo.InvariantCulture)))})";
}
