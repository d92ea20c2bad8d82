using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Logging;
using IngestEmbeddings.Stores;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>
/// Drops the indexes over vectors before a run that writes many of them, and builds them again after it. What was dropped is
/// recorded in the same transaction, so that the next run builds it if this one dies.
/// </summary>
internal sealed class IndexRebuild(
    ConnectionSource source, TableLayout layout, int? workers, IIngestObserver observer, PostgresOptions options)
{
    // Below that share of the rows, inserting new vectors into an index takes less time than building it.
    private const double WorthwhileShare = 0.05;
    private const long WorthwhileRows = 1000;

    // An index keeps its name: where it is found there and valid, it was built.
    private const string Record = """
        INSERT INTO ingest_embeddings.dropped_index (schema_name, index_name, method, operator_class, options, form, dimension, destination)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (schema_name, index_name) DO NOTHING
        """;

    private const string Find = """
        SELECT schema_name, index_name, method, operator_class, options, form, coalesce(dimension, -1),
               format('%I.%I', schema_name, index_name)
        FROM ingest_embeddings.dropped_index WHERE destination = $1 ORDER BY index_name
        """;

    private const string Forget = "DELETE FROM ingest_embeddings.dropped_index WHERE schema_name = $1 AND index_name = $2";

    // Any constant of our own; the lock ends with its session.
    private const string TryLock = "SELECT pg_try_advisory_lock(7016997182206734954)";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private string Destination => $"{layout.VectorTable.Sql}.{layout.Vector.Sql}";

    /// <summary>Drops the indexes where that was requested, or tells that it might help.</summary>
    public async Task PrepareAsync(NpgsqlConnection connection, bool isRequested, long pending, CancellationToken cancellationToken)
    {
        var indexes = (await VectorIndexCatalog.ListAsync(connection, layout, cancellationToken)).FindAll(index => index.IsValid);
        if (indexes.Count == 0 || pending < 1)
        {
            return;
        }

        if (isRequested)
        {
            var vectorSchema = await VectorIndexCatalog.VectorSchemaAsync(connection, cancellationToken);
            foreach (var index in indexes)
            {
                await DropOrKeepAsync(connection, index, vectorSchema, cancellationToken);
            }
        }
        else if (pending >= WorthwhileRows
            && pending > WorthwhileShare * await VectorIndexCatalog.RowsAsync(connection, layout, cancellationToken))
        {
            observer.Observe(new IndexSlowsWrites(layout.VectorTable.FullName, indexes[0].Sql, pending));
        }
    }

    /// <summary>Builds what this run or an earlier one has dropped.</summary>
    public async Task RestoreAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if ((await ListDroppedAsync(connection, cancellationToken)).Count == 0)
        {
            return;
        }

        // One process builds; the others wait, and then find nothing left to do. They poll: a statement that waits for the lock would
        // hold a snapshot, and the build would wait for that.
        await using var guard = await source.OpenUnpooledAsync(cancellationToken);
        while (!await TryLockAsync(guard, cancellationToken))
        {
            await Task.Delay(Poll, options.Clock, cancellationToken);
        }

        foreach (var index in await ListDroppedAsync(connection, cancellationToken))
        {
            await BuildAsync(connection, index, cancellationToken);
            await source.Failpoints.ReachAsync("index_built");
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(Forget, Statements.Value(index.Schema), Statements.Value(index.Name)),
                cancellationToken);
        }
    }

    private static Task<bool> TryLockAsync(NpgsqlConnection guard, CancellationToken cancellationToken) => Statements.FirstAsync(
        guard, LocalSettings.Short, Statements.Command(TryLock), static row => row.GetBoolean(0), cancellationToken);

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    private Task<List<IndexParts>> ListDroppedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Find, Statements.Value(Destination)),
            static row => new IndexParts(
                row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetFieldValue<string[]>(4))
            {
                Sql = row.GetString(7),
                Form = row.IsDBNull(5) ? null : row.GetString(5),
                Dimension = row.GetInt32(6),
            },
            cancellationToken);

    private async Task DropOrKeepAsync(NpgsqlConnection connection, VectorIndex index, string vectorSchema, CancellationToken cancellationToken)
    {
        if (await FindObstacleAsync(connection, index, vectorSchema, cancellationToken) is { } reason)
        {
            observer.Observe(new IndexKept(index.Sql, reason));
        }
        else
        {
            await DropAsync(connection, index, cancellationToken);
        }
    }

    // Nothing is dropped before it is known that it can be built again: from its parts, by this role, as an empty table shows.
    private async Task<string?> FindObstacleAsync(
        NpgsqlConnection connection, VectorIndex index, string vectorSchema, CancellationToken cancellationToken)
    {
        if (!index.IsPlain || !index.Parts.IsOf(index.Expression, layout, vectorSchema) || index.Parts.Definition(layout, vectorSchema) is not { } definition)
        {
            return "it is partial, or over an expression that this tool does not build";
        }

        if (await IndexRights.FindMissingAsync(connection, layout.VectorTable, cancellationToken) is { } missing)
        {
            return missing;
        }

        try
        {
            await using var trial = await connection.BeginTransactionAsync(cancellationToken);
            await Statements.ExecuteAsync(
                connection, LocalSettings.Short, Statements.Command($"CREATE TEMPORARY TABLE ingest_trial (LIKE {layout.VectorTable.Sql})"), cancellationToken);
            await Statements.ExecuteAsync(
                connection, LocalSettings.Short, Statements.Command($"CREATE INDEX ON pg_temp.ingest_trial {definition}"), cancellationToken);
            await trial.RollbackAsync(cancellationToken);
            return null;
        }
        catch (PostgresException refused) when (PostgresFault.TryFrom(refused) is { Kind: FaultKind.Configuration or FaultKind.Data })
        {
            return $"a trial build on an empty table failed: {refused.MessageText} ({refused.SqlState})";
        }
    }

    private async Task DropAsync(NpgsqlConnection connection, VectorIndex index, CancellationToken cancellationToken)
    {
        var parts = index.Parts;
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(
                    Record,
                    Statements.Value(parts.Schema),
                    Statements.Value(parts.Name),
                    Statements.Value(parts.Method),
                    Text(parts.OperatorClass),
                    Statements.Value(parts.Options),
                    Text(parts.Form),
                    Statements.Value(parts.Dimension),
                    Statements.Value(Destination)),
                cancellationToken);
            await Statements.ExecuteAsync(connection, LocalSettings.Short, Statements.Command($"DROP INDEX IF EXISTS {index.Sql}"), cancellationToken);
            await source.Failpoints.ReachAsync("before_index_dropped");
            await transaction.CommitAsync(cancellationToken);
        }

        observer.Observe(new IndexDropped(index.Sql));
        await source.Failpoints.ReachAsync("index_dropped");
    }

    private async Task BuildAsync(NpgsqlConnection connection, IndexParts index, CancellationToken cancellationToken)
    {
        var builder = new IndexBuilder(source, layout, observer, options.Clock);
        var isValid = await VectorIndexCatalog.IsValidAsync(connection, index, cancellationToken);
        if (isValid == true)
        {
            return;
        }

        var definition = index.Definition(layout, await VectorIndexCatalog.VectorSchemaAsync(connection, cancellationToken))
            ?? throw new IngestException(
                IngestError.Configuration,
                $"The record of the dropped index {index.Sql} is not one that this tool wrote. Build the index yourself, and then: " +
                "DELETE FROM ingest_embeddings.dropped_index;");
        if (isValid == false)
        {
            await builder.DropAsync(index.Sql, cancellationToken);
        }

        await source.Failpoints.ReachAsync("before_index_built");
        observer.Observe(new IndexBuildStarted(index.Sql, Rows: null));
        var rows = await VectorIndexCatalog.RowsAsync(connection, layout, cancellationToken);
        options.LoggerFactory.CreateLogger<IndexRebuild>().IndexRestored(index.Sql);
        var method = index.Method == "ivfflat" ? VectorIndexMethod.IvfFlat : VectorIndexMethod.Hnsw;
        var needed = new IndexPlan(layout.Vector, layout.Dimension ?? 0).MemoryFor(method, rows);
        await builder.CreateAsync(index.Name, definition, new IndexResources(needed, new VectorIndexRequest().MaxMemory, workers), cancellationToken);
    }
}
