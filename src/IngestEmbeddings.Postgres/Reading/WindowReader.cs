using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Rows;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>Reads the next pending rows of a chunk: one statement of its own, no transaction left open.</summary>
internal sealed class WindowReader
{
    private readonly string _destination;
    private readonly IReadOnlyList<CatalogColumn> _key;
    private readonly bool _frequency;
    private readonly bool _hash;
    private readonly bool _place;
    private readonly string _first;
    private readonly string _next;

    // What a window of long texts has no room for is sent and dropped: after one, no more than twice its rows are asked for.
    private volatile int _mostRows = int.MaxValue;

    public WindowReader(TableLayout layout, bool metricsOnly, string destination, string? frequencyTable)
    {
        var key = new KeySql(layout.Key);
        _destination = destination;
        _key = layout.Key;
        _frequency = frequencyTable is not null;
        _hash = layout.Side is not null && !metricsOnly;
        _place = !layout.Table.HasParts && (metricsOnly || layout.Side is not null);

        // Texts that occur once are not in the table of frequencies.
        var (frequency, join) = frequencyTable is null ? ("", "")
            : (", coalesce(f.rows, 1)", $" LEFT JOIN {frequencyTable} AS f ON {FrequencyTable.IsTextOf(layout, "f")}");
        var hash = _hash ? $", {VectorSql.TextHash(layout)}" : "";
        var place = _place ? ", t.ctid" : "";
        string Read(Func<KeySql, string, string> range) => $"""
            SELECT {key.AsRead}, {LongTexts.Read(layout)}, t.xmin{place}{hash}{frequency}
            FROM {layout.Table.Sql} AS t{join}
            WHERE {range(key, "t")} AND {PendingSql.Condition(layout, metricsOnly, "$4", "$5", range)}
            ORDER BY {key.Columns}
            LIMIT $3
            """;

        // $1 key after which to read, $2 last key, $3 rows, $4 destination, $5 white space.
        _first = Read((keys, table) => keys.UpTo(table, "$2"));
        _next = Read((keys, table) => $"{keys.After(table, "$1")} AND {keys.UpTo(table, "$2")}");
    }

    /// <summary>Reads rows after the claim's read position; null when none is pending.</summary>
    public async Task<PostgresWindow?> ReadAsync(
        NpgsqlConnection connection, ChunkClaim claim, int maxRows, CancellationToken cancellationToken)
    {
        var asked = Math.Min(maxRows, _mostRows);
        KeyValues[] keys = [.. _key.Select(column => KeyValues.For(column, asked))];
        var texts = new List<string>(asked);
        var versions = new List<uint>(asked);
        var cut = 0;
        var size = 0;
        var places = _place ? new List<NpgsqlTid>(asked) : null;
        var hashes = _hash ? new List<long>(asked) : null;
        var frequencies = _frequency ? new List<int>(asked) : null;
        var command = Statements.Command(
            claim.ReadTo is null ? _first : _next,
            Statements.Key(claim.ReadTo),
            Statements.Key(claim.High),
            Statements.Value(asked),
            Statements.Value(_destination),
            PendingSql.WhiteSpace(connection));
        var sent = await Statements.ListAsync(
            connection,
            LocalSettings.ShortByRange,
            command,
            row =>
            {
                if (size >= TextLimits.FullWindow)
                {
                    return false;
                }

                for (var column = 0; column < keys.Length; column++)
                {
                    keys[column].Add(row, column);
                }

                var text = TextLimits.Cut(row.GetString(keys.Length), ref cut);
                size += text.Length;
                texts.Add(text);
                versions.Add(row.GetFieldValue<uint>(keys.Length + 1));
                var next = keys.Length + 2;
                places?.Add(row.GetFieldValue<NpgsqlTid>(next++));
                hashes?.Add(row.GetInt64(next++));
                frequencies?.Add(row.GetInt32(next));
                return true;
            },
            cancellationToken);
        _mostRows = texts.Count < sent.Count ? 2 * texts.Count : (int)Math.Max(_mostRows, Math.Min(int.MaxValue, 2L * asked));
        return texts.Count == 0 ? null : new PostgresWindow(claim, keys, [.. versions], texts, frequencies)
        {
            CutTexts = cut,
            Places = places,
            TextHashes = hashes,
            EndsChunk = sent.Count < asked && texts.Count == sent.Count,
        };
    }
}
