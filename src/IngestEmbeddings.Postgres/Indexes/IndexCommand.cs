using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Sql;
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
        await ClearAsync(connection, builder, request, cancellationToken);

        var rows = await VectorIndexCatalog.RowsAsync(connection, layout, cancellationToken);
        var method = Name(request.Method);
        var name = await QuoteAsync(connection, $"{layout.VectorTable.Name}_{layout.Vector.Name}_{method}", cancellationToken);
        var create = $"CREATE INDEX CONCURRENTLY {name.Bare} ON {layout.VectorTable.Sql} USING {method} " +
            $"({layout.Vector.Sql} {plan.Operators(request.Distance)}){IndexPlan.With(request.Method, rows)}";
        request.Observer.Observe(new IndexBuildStarted(name.Full, rows));
        await builder.CreateAsync(create, new IndexResources(plan.MemoryFor(request.Method, rows), request.MaxMemory, request.Workers), cancellationToken);
        var bytes = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT pg_relation_size(to_regclass($1))", Statements.Value(name.Full)),
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

    private async Task<(string Bare, string Full)> QuoteAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var quote = new NpgsqlCommand("SELECT quote_ident(left($1, 63))", connection) { Parameters = { new() { Value = name } } };
        var bare = (string)(await quote.ExecuteScalarAsync(cancellationToken))!;
        return (bare, $"{layout.VectorTable.SchemaSql}.{bare}");
    }
}
