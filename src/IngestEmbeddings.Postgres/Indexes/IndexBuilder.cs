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

    // The index of a partition is named after it and the index of the whole, by a hash where that would be too long or not unique.
    private const string ListPartitions = """
        WITH named AS (
            SELECT t.relid, t.parentrelid, t.isleaf, t.level, n.nspname, c.relname,
                   left(c.relname, 54) || '_' || left(md5(t.relid::oid::text || ' ' || $2), 8) AS index_name
            FROM pg_partition_tree($1::regclass) t
            JOIN pg_catalog.pg_class c ON c.oid = t.relid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        )
        SELECT format('%I.%I', m.nspname, m.relname), quote_ident(m.nspname), quote_ident(m.index_name),
               CASE WHEN p.level = 0 THEN format('%I.%I', p.nspname, $2) ELSE format('%I.%I', p.nspname, p.index_name) END, m.isleaf
        FROM named m JOIN named p ON p.relid = m.parentrelid
        WHERE m.level > 0
        ORDER BY m.level, m.relid
        """;

    private const string ReadProgress = """
        SELECT p.phase, p.tuples_done, p.tuples_total, p.blocks_done, p.blocks_total
        FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = $1
        """;

    /// <summary>Creates an index; over a partitioned table one for each partition, attached to that of the whole.</summary>
    /// <param name="name">Its name, not quoted, in the schema of the table.</param>
    /// <param name="definition">What follows the table in the statement.</param>
    /// <param name="resources">What it may take of the server.</param>
    /// <param name="cancellationToken">A token to cancel the operation; what the server has begun stays, not valid.</param>
    public async Task CreateAsync(string name, string definition, IndexResources resources, CancellationToken cancellationToken)
    {
        await using var builder = await source.OpenUnpooledAsync(cancellationToken);
        await PrepareAsync(builder, resources, cancellationToken);
        await ExecuteAsync(builder, "SET search_path = pg_catalog, pg_temp; SET lock_timeout = 0; SET statement_timeout = 0", cancellationToken);
        using var built = new CancellationTokenSource();
        var watching = WatchAsync(builder.ProcessID, built.Token);
        try
        {
            if (layout.VectorTable.IsPartitioned)
            {
                await CreatePartitionedAsync(builder, name, definition, cancellationToken);
            }
            else
            {
                await ExecuteAsync(
                    builder, $"CREATE INDEX CONCURRENTLY {Identifier.Quote(name)} ON {layout.VectorTable.Sql} {definition}", cancellationToken);
            }
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
        // An index of a partitioned table goes with those of its partitions, and not concurrently.
        await ExecuteAsync(connection, $"DROP INDEX {(layout.VectorTable.IsPartitioned ? "" : "CONCURRENTLY ")}IF EXISTS {index}", cancellationToken);
    }

    // Parents before children: an index is attached to one that exists. The whole becomes valid with the last partition.
    private async Task CreatePartitionedAsync(NpgsqlConnection connection, string name, string definition, CancellationToken cancellationToken)
    {
        var parts = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ListPartitions, Statements.Oid(layout.VectorTable.Oid), Statements.Value(name)),
            static row => new Partition(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4)),
            cancellationToken);
        await ExecuteAsync(connection, $"CREATE INDEX {Identifier.Quote(name)} ON ONLY {layout.VectorTable.Sql} {definition}", cancellationToken);
        foreach (var part in parts)
        {
            var how = part.IsLeaf ? "CONCURRENTLY " : "";
            var only = part.IsLeaf ? "" : "ONLY ";
            await ExecuteAsync(connection, $"DROP INDEX IF EXISTS {part.SchemaSql}.{part.IndexSql}", cancellationToken);
            await ExecuteAsync(connection, $"CREATE INDEX {how}{part.IndexSql} ON {only}{part.TableSql} {definition}", cancellationToken);
            await ExecuteAsync(connection, $"ALTER INDEX {part.ParentIndexSql} ATTACH PARTITION {part.SchemaSql}.{part.IndexSql}", cancellationToken);
        }
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
                SELECT pg_size_bytes(current_setting('maintenance_work_mem')), (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector')
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

/// <summary>A partition that gets an index.</summary>
/// <param name="TableSql">Its name, quoted.</param>
/// <param name="SchemaSql">Its schema, quoted.</param>
/// <param name="IndexSql">The name of its index, quoted.</param>
/// <param name="ParentIndexSql">The index that it is attached to, quoted.</param>
/// <param name="IsLeaf">False where it is partitioned itself.</param>
internal sealed record Partition(string TableSql, string SchemaSql, string IndexSql, string ParentIndexSql, bool IsLeaf);
