using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using Npgsql;

namespace IngestEmbeddings.Postgres.Changes;

/// <summary>Turns notes of changes into key ranges that workers claim.</summary>
/// <remarks>
/// In one transaction, so that a note is never lost: it is in the log, or in a key range, or its row was looked at. That a row is
/// pending is decided by the row itself, as everywhere; a note only says where to look.
/// </remarks>
internal sealed class ChangeCarver(RunTarget target)
{
    // A note has the keys of one row or one statement.
    private const int MaxNotes = 1000;

    // So few that several workers share what comes, so many that a call of the model has texts to group.
    private const int RangeRows = 128;

    private TableLayout Layout => target.Layout;

    private KeySql Key => new(Layout.Key);

    /// <summary>Takes notes, removes what rows that are gone have left, and makes key ranges of the rows that are pending.</summary>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="runId">The run that gets the key ranges; null for none, where a run is about to look at every row.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>True when there was a note.</returns>
    public async Task<bool> CarveAsync(NpgsqlConnection connection, Guid? runId, CancellationToken cancellationToken)
    {
        var notes = await TakeAsync(connection, cancellationToken);
        if (notes.Count == 0)
        {
            return false;
        }

        // A note without keys is about every row, those of the others included.
        var listed = notes.Exists(static note => note.Key is null) ? null : Columns(notes);
        var pruner = new RowPruner(target.Vectors);
        if ((await pruner.FindMissingGrantAsync(connection, cancellationToken)).Length == 0)
        {
            await pruner.PruneAsync(connection, listed, cancellationToken);
        }

        await MarkChangedAsync(connection, notes.FindAll(static note => note is { Operation: "UPDATE", Key: not null }), cancellationToken);
        await MarkChangedSinceAsync(connection, notes.Min(static note => note.Oldest), cancellationToken);
        if (runId is { } run)
        {
            await AddRangesAsync(connection, run, listed, cancellationToken);
        }

        return true;
    }

    private Task<List<Note>> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ListAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(ChangeSql.Take(Layout.Key.Count), Statements.Oid(Layout.Table.Oid), Statements.Value(MaxNotes)),
        row => new Note(
            row.GetString(0),
            row.IsDBNull(2) ? null : [.. Enumerable.Range(2, Layout.Key.Count).Select(row.GetString)],
            row.IsDBNull(1) ? null : ulong.Parse(row.GetString(1), CultureInfo.InvariantCulture)),
        cancellationToken);

    private static NpgsqlParameter[] Columns(List<Note> notes) =>
        [.. Enumerable.Range(0, notes[0].Key!.Length).Select(column => Statements.Value(notes.Select(note => note.Key![column]).ToArray()))];

    // A row of which nothing was known is known to have another text now: a hash that is not its text's says so.
    private Task MarkChangedAsync(NpgsqlConnection connection, List<Note> updated, CancellationToken cancellationToken) => updated.Count == 0
        ? Task.CompletedTask
        : MarkAsync(
            connection,
            LocalSettings.Write,
            $"{Key.Listed(first: 1)} AS u JOIN {Layout.Table.Sql} AS t ON {Key.EqualsSent}",
            "true",
            Columns(updated),
            cancellationToken);

    // Rows that were written since, with another text or not: which of them changed is not known, and to encode some again does no harm.
    private Task MarkChangedSinceAsync(NpgsqlConnection connection, ulong? oldest, CancellationToken cancellationToken) => oldest is not { } transaction
        ? Task.CompletedTask
        : MarkAsync(
            connection,
            LocalSettings.LongOnOwnPath,
            $"{Layout.Table.Sql} AS t",
            "pg_catalog.age(t.xmin) <= pg_catalog.age($1::pg_catalog.xid8::pg_catalog.xid)",
            [Statements.Value(transaction.ToString(CultureInfo.InvariantCulture))],
            cancellationToken);

    private async Task MarkAsync(
        NpgsqlConnection connection, LocalSettings settings, string rows, string condition, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        if (Layout.Side is not null || Layout.Metrics.TextHash is not { } hash)
        {
            return;
        }

        await Statements.ExecuteAsync(
            connection,
            settings,
            Statements.Command(
                $"""
                UPDATE {Layout.Metrics.Table.Sql} AS m SET {hash.Sql} = ~ {PendingSql.TextHash(Layout)}
                FROM {rows}
                WHERE {PendingSql.MetricsOf(Layout)} AND m.{hash.Sql} IS NULL AND {target.Vectors.Present} AND {condition}
                """,
                parameters),
            cancellationToken);
    }

    private Task<int> AddRangesAsync(NpgsqlConnection connection, Guid runId, NpgsqlParameter[]? keys, CancellationToken cancellationToken)
    {
        var rows = keys is null ? $"{Layout.Table.Sql} AS t" : $"{Key.Listed(first: 4)} AS u JOIN {Layout.Table.Sql} AS t ON {Key.EqualsSent}";
        return Statements.ExecuteAsync(
            connection,
            keys is null ? LocalSettings.Long : LocalSettings.Short,
            Statements.Command(
                $"""
                WITH listed AS (
                    SELECT {Key.AsArray} AS key, row_number() OVER (ORDER BY {Key.Columns}) - 1 AS place
                    FROM {rows}
                    WHERE {target.Pending("$2", "$3")}
                ), parts AS (
                    SELECT place / {RangeRows} AS part, array_agg(key ORDER BY place) AS keys, max(place) AS last FROM listed GROUP BY 1
                ), numbered AS (
                    UPDATE ingest_embeddings.run SET next_range = next_range + (SELECT count(*) FROM parts)
                    WHERE run_id = $1
                    RETURNING next_range - (SELECT count(*) FROM parts) AS first
                )
                INSERT INTO ingest_embeddings.key_range (run_id, no, pass, lo, hi, cursor, state, keys)
                SELECT $1, numbered.first + parts.part, {KeyRanges.FirstSweep}, NULL, listed.key, NULL, {KeyRangeState.Free}, parts.keys
                FROM parts JOIN listed ON listed.place = parts.last CROSS JOIN numbered
                """,
                [Statements.Value(runId), Statements.Value(target.Destination), PendingSql.Blank(connection), .. keys ?? []]),
            cancellationToken);
    }

    // Key: null where every row is to be looked at. Oldest: a transaction before which no row of such a note was written.
    private sealed record Note(string Operation, string[]? Key, ulong? Oldest);
}
