using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Rows;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>Rows of one key range, with what the write needs: keys, versions, the claim.</summary>
internal sealed class PostgresWindow(
    ClaimProgress held, KeyValues[] keys, uint[] versions, IReadOnlyList<string> texts, IReadOnlyList<int>? frequencies)
    : RowWindow(texts, frequencies)
{
    /// <summary>The claim on the key range, and how far the worker is with it.</summary>
    public ClaimProgress Held { get; } = held;

    public KeyRangeClaim Claim => Held.Claim;

    /// <summary>For each key column, the values of all rows.</summary>
    public KeyValues[] Keys { get; } = keys;

    /// <summary>For each row, the transaction that wrote the version that was read (<c>xmin</c>).</summary>
    public uint[] Versions { get; } = versions;

    /// <summary>For each row, where the version that was read lies (<c>ctid</c>); null where that is not asked for.</summary>
    public IReadOnlyList<NpgsqlTid>? Places { get; init; }

    /// <summary>True when the key range has no pending row after it.</summary>
    public bool EndsRange { get; init; }

    /// <summary>For each row, the hash of its text that is stored with its vector; null where none is.</summary>
    public IReadOnlyList<long>? TextHashes { get; init; }

    public string[] Key(int row) => [.. Keys.Select(column => column.Text(row))];

    public override string DescribeKey(int row) =>
        Keys.Length == 1 ? Keys[0].Text(row) : $"({string.Join(", ", Key(row))})";
}
