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
    // A note has the keys of one statement.
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

        var pruner = new RowPruner(target.Vectors);
        var mayPrune = (await pruner.FindMissingGrantAsync(connection, cancellationToken)).Length == 0;
        if (notes.Exists(static note => note.Key is null))
        {
            if (mayPrune)
            {
                await pruner.PruneAsync(connection, keys: null, cancellationToken);
            }

            notes.RemoveAll(static note => note.Key is null);
        }

        if (notes.Count > 0)
        {
            if (mayPrune)
            {
                await pruner.PruneAsync(connection, Columns(notes), cancellationToken);
            }

            await MarkChangedAsync(connection, notes.FindAll(static note => note.Operation == "UPDATE"), cancellationToken);
            if (runId is { } run)
            {
                await AddRangesAsync(connection, run, Columns(notes), cancellationToken);
            }
        }

        return true;
    }

    private Task<List<Note>> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ListAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(ChangeSql.Take(Layout.Key.Count), Statements.Oid(Layout.Table.Oid), Statements.Value(MaxNotes)),
        row => new Note(
            row.GetString(0), row.IsDBNull(1) ? null : [.. Enumerable.Range(1, Layout.Key.Count).Select(row.GetString)]),
        cancellationToken);

    private static NpgsqlParameter[] Columns(List<Note> notes) =>
        [.. Enumerable.Range(0, notes[0].Key!.Length).Select(column => Statements.Value(notes.Select(note => note.Key![column]).ToArray()))];

    // A row of which nothing was known is known to have another text now: a hash that is not its text's says so.
    private async Task MarkChangedAsync(NpgsqlConnection connection, List<Note> updated, CancellationToken cancellationToken)
    {
        if (updated.Count == 0 || Layout.Side is not null || Layout.Metrics.TextHash is not { } hash)
        {
            return;
        }

        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Write,
            Statements.Command(
                $"""
                UPDATE {Layout.Metrics.Table.Sql} AS m SET {hash.Sql} = ~ {PendingSql.TextHash(Layout)}
                FROM {Key.Listed(first: 1)} AS u JOIN {Layout.Table.Sql} AS t ON {Key.EqualsSent}
                WHERE {PendingSql.MetricsOf(Layout)} AND m.{hash.Sql} IS NULL AND {target.Vectors.Present}
                """,
                Columns(updated)),
            cancellationToken);
    }

    private Task<int> AddRangesAsync(NpgsqlConnection connection, Guid runId, NpgsqlParameter[] keys, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                $"""
                WITH listed AS (
                    SELECT {Key.AsArray} AS key, row_number() OVER (ORDER BY {Key.Columns}) - 1 AS place
                    FROM {Key.Listed(first: 4)} AS u JOIN {Layout.Table.Sql} AS t ON {Key.EqualsSent}
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
                [Statements.Value(runId), Statements.Value(target.Destination), PendingSql.Blank(connection), .. keys]),
            cancellationToken);

    private sealed record Note(string Operation, string[]? Key);
}
