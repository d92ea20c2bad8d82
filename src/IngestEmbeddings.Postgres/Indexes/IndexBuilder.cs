using System.Globalization;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>Builds indexes with CREATE INDEX CONCURRENTLY, on a connection of its own, and reports progress.</summary>
/// <remarks>
/// The build runs outside a transaction, so its settings are those of the session; the connection belongs to no pool, so that
/// no other user of it inherits them. Progress: <c>pg_stat_progress_create_index</c>, section 28.4 of the PostgreSQL manual.
/// </remarks>
internal sealed class IndexBuilder(ConnectionSource source, TableLayout layout, IIngestObserver observer, TimeProvider clock)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    // Parallel builds of older versions could write past their buffer.
    private static readonly Version SafeParallel = new(0, 8, 2);

    private const string ReadProgress = """
        SELECT p.phase, p.tuples_done, p.tuples_total, p.blocks_done, p.blocks_total
        FROM pg_stat_progress_create_index p WHERE p.pid = $1
        """;

    /// <summary>Creates an index.</summary>
    /// <param name="create">The statement, with CONCURRENTLY.</param>
    /// <param name="resources">What it may take of the server.</param>
    /// <param name="cancellationToken">A token to cancel the operation; what the server has begun stays, not valid.</param>
    public async Task CreateAsync(string create, IndexResources resources, CancellationToken cancellationToken)
    {
        await using var builder = await source.OpenUnpooledAsync(cancellationToken);
        await PrepareAsync(builder, resources, cancellationToken);
        await ExecuteAsync(builder, "SET lock_timeout = 0; SET statement_timeout = 0", cancellationToken);
        using var built = new CancellationTokenSource();
        var watching = WatchAsync(builder.ProcessID, built.Token);
        try
        {
            await ExecuteAsync(builder, create, cancellationToken);
        }
        finally
        {
            await built.CancelAsync();
            await watching;
        }
    }

    /// <summary>Drops what a build that failed has left.</summary>
    public async Task DropAsync(string index, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenUnpooledAsync(cancellationToken);
        await ExecuteAsync(connection, $"DROP INDEX CONCURRENTLY IF EXISTS {index}", cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task PrepareAsync(NpgsqlConnection connection, IndexResources resources, CancellationToken cancellationToken)
    {
        var (given, version) = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("""
                SELECT pg_size_bytes(current_setting('maintenance_work_mem')), (SELECT extversion FROM pg_extension WHERE extname = 'vector')
                """),
            static row => (row.GetInt64(0), row.GetString(1)),
            cancellationToken);
        var memory = Math.Max(given, Math.Min(resources.NeededMemory, resources.MaxMemory));
        observer.Observe(new IndexBuildPlanned(Place, resources.NeededMemory, memory));
        await ExecuteAsync(connection, $"SET maintenance_work_mem = '{memory >> 10}kB'", cancellationToken);
        var isUnsafe = Version.TryParse(version, out var pgvector) && pgvector < SafeParallel;
        if (isUnsafe)
        {
            observer.Observe(new ParallelBuildUnsafe(version, SafeParallel.ToString(), resources.Workers ?? 0));
        }

        if (resources.Workers is not null || isUnsafe)
        {
            await ExecuteAsync(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"SET max_parallel_maintenance_workers = {resources.Workers ?? 0}"),
                cancellationToken);
        }
    }

    private async Task WatchAsync(int process, CancellationToken built)
    {
        try
        {
            await using var connection = await source.OpenAsync(built);
            using var timer = new PeriodicTimer(ProgressInterval, clock);
            while (await timer.WaitForNextTickAsync(built))
            {
                var progress = await Statements.FirstAsync(
                    connection,
                    LocalSettings.Short,
                    Statements.Command(ReadProgress, Statements.Value(process)),
                    row => Describe(row),
                    built);
                if (progress is not null)
                {
                    observer.Observe(progress);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The build has ended.
        }
        catch (Exception fault) when (fault is NpgsqlException or PostgresFault)
        {
            // Progress is informative only; the build itself reports what goes wrong.
        }
    }

    private string Place => $"{layout.VectorTable.FullName}.{layout.Vector.Name}";

    private IndexBuildProgressed Describe(NpgsqlDataReader row)
    {
        var (done, total) = row.GetInt64(2) > 0 ? (row.GetInt64(1), row.GetInt64(2)) : (row.GetInt64(3), row.GetInt64(4));
        return new IndexBuildProgressed(Place, row.GetString(0), total > 0 ? done : null, total > 0 ? total : null);
    }
}

/// <summary>What the build of an index may take of the server.</summary>
/// <param name="NeededMemory">The memory with which it stays off the disk, in bytes.</param>
/// <param name="MaxMemory">The maximum memory, in bytes.</param>
/// <param name="Workers">Parallel workers; null for the server's own setting, or none where that is not safe.</param>
internal sealed record IndexResources(long NeededMemory, long MaxMemory, int? Workers);
