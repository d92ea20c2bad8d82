using IngestEmbeddings.Text;
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
    private readonly string _order;

    // A window joined with the frequencies nearly always comes in the order in which its rows were read, and sorting it again costs as
    // much as the join. So, where the order can be seen here, that is done only when a window has come out of order, as one does where
    // more texts occur more than once than a window has rows, or than the memory of a join has room for.
    private volatile bool _mustSort;

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

        var hash = _hash ? $", {VectorSql.TextHash(layout)}" : "";
        var place = _place ? ", t.ctid" : "";
        var columns = $"{key.AsRead}, {LongTexts.Read(layout)}, t.xmin{place}{hash}";

        // The rows of a window as they stand in the table: $1 key after which to read, $2 last key, $3 rows, $4 destination, $5 white
        // space.
        string Rows(string selected, Func<KeySql, string, string> range) => $"""
            SELECT {selected}
            FROM {layout.Table.Sql} AS t
            WHERE {range(key, "t")} AND {PendingSql.Condition(layout, metricsOnly, "$4", "$5", range)}
            ORDER BY {key.Columns}
            LIMIT $3
            """;

        // Texts that occur once are not in the table of frequencies.
        string Joined(Func<KeySql, string, string> range) => $"""
            SELECT {columns}, coalesce(f.rows, 1)
            FROM ({Rows($"{Names(layout)}, t.xmin{place}", range)}) AS t
            LEFT JOIN {frequencyTable} AS f ON {FrequencyTable.IsTextOf(layout, "f")}
            """;

        string Read(Func<KeySql, string, string> range) => frequencyTable is null ? Rows(columns, range) : Joined(range);
        _first = Read((keys, table) => keys.UpTo(table, "$2"));
        _next = Read((keys, table) => $"{keys.After(table, "$1")} AND {keys.UpTo(table, "$2")}");
        _order = frequencyTable is null ? "" : $" ORDER BY {key.Columns}";
        _mustSort = frequencyTable is not null && layout.Key is not [{ IsInteger: true }];
    }

    /// <summary>Reads rows after the claim's read position; null when none is pending.</summary>
    public async Task<PostgresWindow?> ReadAsync(
        NpgsqlConnection connection, ChunkClaim claim, int maxRows, CancellationToken cancellationToken)
    {
        var asked = Math.Min(maxRows, _mostRows);
        var sorted = _mustSort;
        KeyValues[] keys = [.. _key.Select(column => KeyValues.For(column, asked))];
        var texts = new List<string>(asked);
        var versions = new List<uint>(asked);
        var cut = 0;
        var size = 0;
        var places = _place ? new List<NpgsqlTid>(asked) : null;
        var hashes = _hash ? new List<long>(asked) : null;
        var frequencies = _frequency ? new List<int>(asked) : null;
        var command = Statements.Command(
            (claim.ReadTo is null ? _first : _next) + (sorted ? _order : ""),
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
                    keys[0].Pass(row, 0);
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
        if (_frequency && !sorted && !keys[0].IsAscending)
        {
            _mustSort = true;
            return await ReadAsync(connection, claim, maxRows, cancellationToken);
        }

        _mostRows = texts.Count < sent.Count ? 2 * texts.Count : (int)Math.Max(_mostRows, Math.Min(int.MaxValue, 2L * asked));
        return texts.Count == 0 ? null : new PostgresWindow(claim, keys, [.. versions], texts, frequencies)
        {
            CutTexts = cut,
            Places = places,
            TextHashes = hashes,
            EndsChunk = sent.Count < asked && texts.Count == sent.Count,
        };
    }

    // The columns that a window is made of, each once.
    private static string Names(TableLayout layout) =>
        string.Join(", ", layout.Key.Append(layout.Text).Select(static column => $"t.{column.Sql}").Distinct(StringComparer.Ordinal));
}
