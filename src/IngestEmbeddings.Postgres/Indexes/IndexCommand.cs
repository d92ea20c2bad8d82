using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>Builds an index that the user requests.</summary>
internal sealed class IndexCommand(ConnectionSource source, TableLayout layout, TimeProvider clock)
{
    public async Task<VectorIndexReport> RunAsync(VectorIndexRequest request, CancellationToken cancellationToken)
    {
        var dimension = layout.Dimension ?? throw new IngestException(
            IngestError.Configuration,
            $"Column {layout.Vector.Name} of {layout.VectorTable.FullName} takes vectors of any dimension, and such a column cannot be indexed. " +
            $"Give it one: ALTER TABLE {layout.VectorTable.Sql} ALTER COLUMN {layout.Vector.Sql} TYPE {layout.Vector.TypeName}(384);");
        var plan = new IndexPlan(layout.Vector, dimension);
        plan.Check();

        var started = clock.GetTimestamp();
        await using var connection = await source.OpenFirstAsync(cancellationToken);
        var builder = new IndexBuilder(source, layout, request.Observer, clock);
        await IndexRights.CheckAsync(connection, layout.VectorTable, cancellationToken);
        await ClearAsync(connection, builder, request, cancellationToken);

        var rows = await VectorIndexCatalog.RowsAsync(connection, layout, cancellationToken);
        var method = Name(request.Method);
        var vectorSchema = await VectorIndexCatalog.VectorSchemaAsync(connection, cancellationToken);
        var name = await NameAsync(connection, method, cancellationToken);
        var definition = $"USING {method} ({layout.Vector.Sql} {plan.OperatorClass(request.Distance, vectorSchema)}){IndexPlan.With(request.Method, rows)}";
        request.Observer.Observe(new IndexBuildStarted(name.Full, rows));
        await builder.CreateAsync(
            name.Bare, definition, new IndexResources(plan.MemoryFor(request.Method, rows), request.MaxMemory, request.Workers), cancellationToken);
        var bytes = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT pg_relation_size(to_regclass($1)) + (SELECT coalesce(sum(pg_relation_size(t.relid)), 0)::bigint FROM pg_partition_tree(to_regclass($1)) t)", Statements.Value(name.Full)),
            static row => row.GetInt64(0),
            cancellationToken);
        return new VectorIndexReport(name.Full, bytes, clock.GetElapsedTime(started));
    }

    private static string Name(VectorIndexMethod method) => method == VectorIndexMethod.Hnsw ? "hnsw" : "ivfflat";

    // What an earlier build left has the name, and costs every write.
    private async Task ClearAsync(
        NpgsqlConnection connection, IndexBuilder builder, VectorIndexRequest request, CancellationToken cancellationToken)
    {
        foreach (var index in await VectorIndexCatalog.ListAsync(connection, layout, cancellationToken))
        {
            if (!index.IsValid)
            {
                request.Observer.Observe(new InvalidIndexDropped(index.Sql));
                await builder.DropAsync(index.Sql, cancellationToken);
            }
            else if (index.Parts.Method == Name(request.Method))
            {
                throw new IngestException(
                    IngestError.Configuration,
                    $"{layout.VectorTable.FullName}.{layout.Vector.Name} has an index of that kind: {index.Sql}. To build it again: DROP INDEX {index.Sql};");
            }
        }
    }

    private Task<(string Bare, string Full)> NameAsync(NpgsqlConnection connection, string method, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                "SELECT left($1, 63), format('%s.%I', $2, left($1, 63))",
                Statements.Value($"{layout.VectorTable.Name}_{layout.Vector.Name}_{method}"),
                Statements.Value(layout.VectorTable.SchemaSql)),
            static row => (row.GetString(0), row.GetString(1)),
            cancellationToken);
}
