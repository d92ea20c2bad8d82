using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Rows;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>Rows of one chunk, with what the write needs: keys, versions, the claim.</summary>
internal sealed class PostgresWindow(
    ChunkClaim claim, KeyValues[] keys, uint[] versions, IReadOnlyList<string> texts, IReadOnlyList<int>? frequencies)
    : RowWindow(texts, frequencies)
{
    public ChunkClaim Claim { get; } = claim;

    /// <summary>For each key column, the values of all rows.</summary>
    public KeyValues[] Keys { get; } = keys;

    /// <summary>For each row, the transaction that wrote the version that was read (<c>xmin</c>).</summary>
    public uint[] Versions { get; } = versions;

    /// <summary>For each row, where the version that was read lies (<c>ctid</c>); null where that is not asked for.</summary>
    public IReadOnlyList<NpgsqlTid>? Places { get; init; }

    /// <summary>True when the chunk has no pending row after it.</summary>
    public bool EndsChunk { get; init; }

    /// <summary>For each row, the hash of its text that stands beside its vector; null where none is kept.</summary>
    public IReadOnlyList<long>? TextHashes { get; init; }

    public string[] Key(int row) => [.. Keys.Select(column => column.Text(row))];

    public override string DescribeKey(int row) =>
        Keys.Length == 1 ? Keys[0].Text(row) : $"({string.Join(", ", Key(row))})";
}
