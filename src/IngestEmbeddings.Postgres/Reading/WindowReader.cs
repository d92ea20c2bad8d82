using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Text;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>Reads the next pending rows of a key range: one statement of its own, no transaction left open.</summary>
internal sealed class WindowReader
{
    private readonly Guid _runId;
    private readonly string _destination;
    private readonly IReadOnlyList<CatalogColumn> _key;
    private readonly bool _frequency;
    private readonly bool _hash;
    private readonly bool _place;
    private readonly string _first;
    private readonly string _next;
    private readonly string _firstListed;
    private readonly string _nextListed;
    private readonly string _order;

    // A window joined with the frequencies nearly always comes in the order in which its rows were read, and sorting it again costs as
    // much as the join. Where the order can be checked here, it is sorted only once a window has come out of order.
    private volatile bool _mustSort;

    // Rows of long texts that exceed a window are sent and dropped: after one, at most twice its rows are requested.
    private volatile int _maxRows = int.MaxValue;

    /// <param name="runId">The run, whose key ranges may list keys.</param>
    /// <param name="target">What is to be made of the rows.</param>
    /// <param name="frequencyTable">The table with the texts that occur more than once; null where frequency is skipped.</param>
    public WindowReader(Guid runId, RunTarget target, string? frequencyTable)
    {
        _runId = runId;
        var layout = target.Layout;
        var key = new KeySql(layout.Key);
        _destination = target.Destination;
        _key = layout.Key;
        _frequency = frequencyTable is not null;
        _hash = target.ReadsTextHash;
        _place = !layout.Table.HasParts && !target.UpdatesRows;

        var hash = _hash ? $", {PendingSql.TextHash(layout)}" : "";
        var place = _place ? ", t.ctid" : "";
        var columns = $"{key.AsRead}, {LongTexts.Read(layout)}, t.xmin{place}{hash}";

        // $1 key after which to read, $2 last key, $3 rows, $4 destination, $5 blank characters.
        string Rows(string selected, KeyBounds range) => $"""
            SELECT {selected}
            FROM {layout.Table.Sql} AS t
            WHERE {range(key, "t")} AND {target.Pending("$4", "$5", range)}
            ORDER BY {key.Columns}
            LIMIT $3
            """;

        // Texts that occur once are not in the table of frequencies.
        string Joined(KeyBounds range) => $"""
            SELECT {columns}, coalesce(f.rows, 1)
            FROM ({Rows($"{Names(layout)}, t.xmin{place}", range)}) AS t
            LEFT JOIN {frequencyTable} AS f ON {FrequencyTable.IsTextOf(layout, "f")}
            """;

        string Read(KeyBounds range) => frequencyTable is null ? Rows(columns, range) : Joined(range);
        _first = Read((keys, table) => keys.UpTo(table, "$2"));
        _next = Read((keys, table) => $"{keys.After(table, "$1")} AND {keys.UpTo(table, "$2")}");
        // $6 run, $7 number of the key range that lists the keys.
        string Listed(string after) => $"""
            SELECT {columns}{(frequencyTable is null ? "" : ", 1")}
            FROM {key.ListedBy("$6", "$7")} AS u JOIN {layout.Table.Sql} AS t ON {key.EqualsSent}
            WHERE {after}{key.UpTo("t", "$2")} AND {target.Pending("$4", "$5")}
            ORDER BY {key.Columns}
            LIMIT $3
            """;
        _firstListed = Listed("");
        _nextListed = Listed($"{key.After("t", "$1")} AND ");
        _order = frequencyTable is null ? "" : $" ORDER BY {key.Columns}";
        _mustSort = frequencyTable is not null && layout.Key is not [{ IsInteger: true }];
    }

    /// <summary>Reads rows after the claim's read position; null when none is pending.</summary>
    public async Task<PostgresWindow?> ReadAsync(
        NpgsqlConnection connection, ClaimProgress held, int maxRows, CancellationToken cancellationToken)
    {
        var asked = Math.Min(maxRows, _maxRows);
        var sorted = _mustSort;
        KeyValues[] keys = [.. _key.Select(column => KeyValues.For(column, asked))];
        var texts = new List<string>(asked);
        var versions = new List<uint>(asked);
        var cut = 0;
        var size = 0;
        var places = _place ? new List<NpgsqlTid>(asked) : null;
        var hashes = _hash ? new List<long>(asked) : null;
        var frequencies = _frequency ? new List<int>(asked) : null;
        var isListed = held.Claim.IsListed;
        var command = Statements.Command(
            isListed ? held.ReadTo is null ? _firstListed : _nextListed : (held.ReadTo is null ? _first : _next) + (sorted ? _order : ""),
            Statements.Key(held.ReadTo),
            Statements.Key(held.Claim.High),
            Statements.Value(asked),
            Statements.Value(_destination),
            PendingSql.Blank(connection));
        if (isListed)
        {
            command.Parameters.Add(Statements.Value(_runId));
            command.Parameters.Add(Statements.Value(held.Claim.Number));
        }

        var sent = await Statements.ListAsync(
            connection,
            isListed ? LocalSettings.Short : LocalSettings.ShortByRange,
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
            return await ReadAsync(connection, held, maxRows, cancellationToken);
        }

        _maxRows = texts.Count < sent.Count ? 2 * texts.Count : (int)Math.Max(_maxRows, Math.Min(int.MaxValue, 2L * asked));
        return texts.Count == 0 ? null : new PostgresWindow(held, keys, [.. versions], texts, frequencies)
        {
            CutTexts = cut,
            Places = places,
            TextHashes = hashes,
            EndsRange = sent.Count < asked && texts.Count == sent.Count,
        };
    }

    // The columns that a window is made of, each once.
    private static string Names(TableLayout layout) =>
        string.Join(", ", layout.Key.Append(layout.Text).Select(static column => $"t.{column.Sql}").Distinct(StringComparer.Ordinal));
}
