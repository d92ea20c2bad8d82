using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Planning;

/// <summary>Estimates by how many bytes a row makes the database grow, from the sizes that rows have now.</summary>
internal sealed class GrowthEstimate(RunTarget target)
{
    // A row's header and pointer, and the columns of a metrics row; an entry of a B-tree.
    private const int HeaderBytes = 28;
    private const int MetricsBytes = HeaderBytes + 40;
    private const int KeyEntryBytes = 24;

    // Model, hash and time of a row in a separate table.
    private const int SideColumnsBytes = 60;

    // A record of the log has a header of its own, and whole pages after a checkpoint.
    private const double LogFactor = 1.3;

    private const string FindWidth = """
        SELECT CASE WHEN c.reltuples > 0 THEN pg_catalog.pg_relation_size(c.oid) / c.reltuples ELSE 200 END::float8
        FROM pg_catalog.pg_class AS c WHERE c.oid = $1
        """;

    public async Task<RowGrowth> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var vector = target.SendsVectors ? VectorBytes : 0;
        // In column mode the whole row is written again; the space of its old version is used by later rows once it is vacuumed.
        var row = !target.SendsVectors ? 0
            : target.UpdatesRows ? vector + await WidthAsync(connection, cancellationToken)
            : vector + HeaderBytes + SideColumnsBytes;
        var table = row + (target.Layout.Metrics.IsNone ? 0 : MetricsBytes);
        var graphs = target.SendsVectors ? (await VectorIndexCatalog.ListAsync(connection, target.Layout, cancellationToken)).Count : 0;
        // On disk a node of a graph takes about what it takes in memory.
        var graph = target.Layout.Dimension is { } dimension ? new IndexPlan(target.Layout.Vector, dimension).MemoryFor(VectorIndexMethod.Hnsw, 1000) / 1000 : 0;
        var index = KeyEntryBytes + (target.SideTable is null ? 0 : 2 * KeyEntryBytes) + (graphs * graph);
        return new RowGrowth(table, (long)((table + index) * LogFactor), index);
    }

    private long VectorBytes => (target.Layout.Dimension, target.Layout.Vector.TypeName) switch
    {
        ({ } dimension, "halfvec") => 8 + (2 * dimension),
        ({ } dimension, "bit") => 8 + (dimension / 8),
        ({ } dimension, _) => 8 + (4 * dimension),
        _ => 0,
    };

    private Task<long> WidthAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(FindWidth, Statements.Oid(target.Layout.Table.Oid)),
        static row => (long)row.GetDouble(0),
        cancellationToken);
}
