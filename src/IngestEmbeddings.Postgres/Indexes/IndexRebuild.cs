using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>
/// Drops the indexes over vectors before a run that writes many of them, and builds them again after it. What was dropped is
/// noted in the same transaction, so that the next run builds it if this one dies.
/// </summary>
internal sealed class IndexRebuild(
    ConnectionSource source, TableLayout layout, int? workers, IIngestObserver observer, TimeProvider clock)
{
    // Below that share of the rows, an index takes new vectors faster than it is built.
    private const double WorthwhileShare = 0.05;
    private const long WorthwhileRows = 1000;

    // An index keeps its name: whoever finds it there and valid knows that it was built.
    private const string Note = """
        INSERT INTO ingest_embeddings.dropped_index (name, destination, definition) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO NOTHING
        """;

    private const string Find = "SELECT name, definition FROM ingest_embeddings.dropped_index WHERE destination = $1 ORDER BY name";

    private const string Forget = "DELETE FROM ingest_embeddings.dropped_index WHERE name = $1";

    // Any constant of our own; the lock ends with its session.
    private const string TryLock = "SELECT pg_try_advisory_lock(7016997182206734954)";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private string Destination => $"{layout.VectorTable.Sql}.{layout.Vector.Sql}";

    /// <summary>Drops the indexes where that was asked for, or says that it might be.</summary>
    public async Task PrepareAsync(NpgsqlConnection connection, bool isAsked, long pending, CancellationToken cancellationToken)
    {
        var indexes = (await VectorIndexCatalog.ListAsync(connection, layout, cancellationToken)).FindAll(index => index.IsValid);
        if (indexes.Count == 0 || pending < 1)
        {
            return;
        }

        if (isAsked)
        {
            foreach (var index in indexes)
            {
                await DropAsync(connection, index, cancellationToken);
            }
        }
        else if (pending >= WorthwhileRows
            && pending > WorthwhileShare * await VectorIndexCatalog.RowsAsync(connection, layout, cancellationToken))
        {
            observer.Observe(new IndexSlowsWrites(layout.VectorTable.FullName, indexes[0].Sql, pending));
        }
    }

    /// <summary>Builds what this run or an earlier one has dropped.</summary>
    public async Task MendAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if ((await ListDroppedAsync(connection, cancellationToken)).Count == 0)
        {
            return;
        }

        // One process builds; the others wait, and then find nothing left to do. Asked again and again: a statement that waits
        // for the lock would hold a snapshot, and the build would wait for that.
        await using var guard = await source.OpenUnpooledAsync(cancellationToken);
        while (!await TryLockAsync(guard, cancellationToken))
        {
            await Task.Delay(Poll, clock, cancellationToken);
        }

        foreach (var (name, definition) in await ListDroppedAsync(connection, cancellationToken))
        {
            await BuildAsync(connection, name, definition, cancellationToken);
            await source.Failpoints.ReachAsync("index_built");
            await Statements.ExecuteAsync(
                connection, LocalSettings.Short, Statements.Command(Forget, Statements.Value(name)), cancellationToken);
        }
    }

    private static Task<bool> TryLockAsync(NpgsqlConnection guard, CancellationToken cancellationToken) => Statements.FirstAsync(
        guard, LocalSettings.Short, Statements.Command(TryLock), static row => row.GetBoolean(0), cancellationToken);

    private Task<List<(string Name, string Definition)>> ListDroppedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Find, Statements.Value(Destination)),
            static row => (Name: row.GetString(0), Definition: row.GetString(1)),
            cancellationToken);

    private async Task DropAsync(NpgsqlConnection connection, VectorIndex index, CancellationToken cancellationToken)
    {
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(Note, Statements.Value(index.Sql), Statements.Value(Destination), Statements.Value(index.Definition)),
                cancellationToken);
            await Statements.ExecuteAsync(connection, LocalSettings.Short, Statements.Command($"DROP INDEX IF EXISTS {index.Sql}"), cancellationToken);
            await source.Failpoints.ReachAsync("before_index_dropped");
            await transaction.CommitAsync(cancellationToken);
        }

        observer.Observe(new IndexDropped(index.Sql));
        await source.Failpoints.ReachAsync("index_dropped");
    }

    private async Task BuildAsync(NpgsqlConnection connection, string name, string definition, CancellationToken cancellationToken)
    {
        var builder = new IndexBuilder(source, layout, observer, clock);
        var isValid = await VectorIndexCatalog.IsValidAsync(connection, name, cancellationToken);
        if (isValid == true)
        {
            return;
        }

        if (isValid == false)
        {
            await builder.DropAsync(name, cancellationToken);
        }

        await source.Failpoints.ReachAsync("before_index_built");
        observer.Observe(new IndexBuildStarted(name, Rows: null));
        var rows = await VectorIndexCatalog.RowsAsync(connection, layout, cancellationToken);
        var method = definition.Contains(" USING ivfflat ", StringComparison.Ordinal) ? VectorIndexMethod.IvfFlat : VectorIndexMethod.Hnsw;
        var needed = new IndexPlan(layout.Vector, layout.Dimension ?? 0).MemoryFor(method, rows);
        await builder.CreateAsync(
            Concurrently(definition), needed, new VectorIndexRequest().MaxMemory, workers, cancellationToken);
    }

    // pg_get_indexdef always begins with CREATE INDEX: such an index cannot be unique.
    private static string Concurrently(string definition) => "CREATE INDEX CONCURRENTLY" + definition["CREATE INDEX".Length..];
}
