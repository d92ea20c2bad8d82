using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Schema;

/// <summary>Creates what a table needs and does not have, in one transaction.</summary>
internal static class TableCreator
{
    private const string DefaultKey = "id";
    private const string DefaultText = "text";
    private const string DefaultVector = "embedding";

    public static async Task<InitReport> EnsureAsync(NpgsqlConnection connection, InitRequest request, CancellationToken cancellationToken)
    {
        VectorTypeSql.Check(request);
        var created = new List<string>();
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var ddl = new Ddl(connection, created, cancellationToken);
            await EnsureExtensionAsync(ddl);
            var type = await VectorTypeSql.OfAsync(ddl, request);
            var table = await EnsureTableAsync(ddl, connection, request, type, cancellationToken);
            var key = ColumnFinder.Key(table, request.Table.IdColumn);
            if (request.Place == VectorPlace.Table)
            {
                await EnsureSideTableAsync(ddl, connection, new SidePlan(table, key, type, request), cancellationToken);
            }
            else if (ColumnFinder.Vector(table, request.Table.EmbeddingColumn) is { } there)
            {
                CheckDimension(table, there, request);
            }
            else
            {
                var name = request.Table.EmbeddingColumn ?? DefaultVector;
                await ddl.RunAsync(
                    $"ALTER TABLE {table.Sql} ADD COLUMN {await ddl.QuoteAsync(name)} {type.Sql}", $"column {table.FullName}.{name} {type.Name}");
            }

            if (!request.Table.WithoutMetrics)
            {
                await EnsureMetricsAsync(ddl, connection, new MetricsPlan(table, key, await HashNameAsync(connection, table, request, cancellationToken)), cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        var layout = await TableLayout.FindAsync(connection, request.Table, cancellationToken);
        return new InitReport(layout.Describe(), created);
    }

    private static void CheckDimension(CatalogTable table, CatalogColumn vector, InitRequest request)
    {
        if (request.RequiresDimension && vector.Modifier > 0 && vector.Modifier != request.Dimension)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{table.FullName}.{vector.Name} is {vector.TypeName}({vector.Modifier}) already, not of {request.Dimension} dimensions. Leave --dimensions out, name " +
                $"another column (--embedding-column), or change it while it is empty: ALTER TABLE {table.Sql} ALTER COLUMN {vector.Sql} " +
                $"TYPE {vector.TypeName}({request.Dimension});");
        }
    }

    private static async Task EnsureExtensionAsync(Ddl ddl)
    {
        if (await ddl.ScalarAsync("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')") is true)
        {
            return;
        }

        if (await ddl.ScalarAsync("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')") is false)
        {
            throw new IngestException(
                IngestError.Configuration,
                "The server has no pgvector. Install it there (Debian: postgresql-NN-pgvector), then run init again.");
        }

        try
        {
            await ddl.RunAsync("CREATE EXTENSION vector", "extension vector");
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new IngestException(
                IngestError.Configuration,
                "This role may not create the extension vector. Ask an administrator of the database for: CREATE EXTENSION vector;", denied);
        }
    }

    private static async Task<CatalogTable> EnsureTableAsync(
        Ddl ddl, NpgsqlConnection connection, InitRequest request, VectorTypeSql type, CancellationToken cancellationToken)
    {
        var wanted = request.Table;
        if (await TableFinder.TryFindAsync(connection, wanted, cancellationToken) is { } table)
        {
            return table;
        }

        var schema = wanted.Schema ?? await ddl.DefaultSchemaAsync()
            ?? throw new IngestException(
                IngestError.Configuration, "No schema of the search path exists. Create one, or name one: --schema.");
        if (await ddl.ScalarAsync("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname::text = $1)", schema) is false)
        {
            throw new IngestException(
                IngestError.Configuration, $"There is no schema {schema}. Create it: CREATE SCHEMA {await ddl.QuoteAsync(schema)};");
        }

        var vector = request.Place == VectorPlace.Table ? "" : $", {await ddl.QuoteAsync(wanted.EmbeddingColumn ?? DefaultVector)} {type.Sql}";
        await ddl.RunAsync(
            $"""
            CREATE TABLE {await ddl.QuoteAsync(schema)}.{await ddl.QuoteAsync(wanted.Table)} (
                {await ddl.QuoteAsync(wanted.IdColumn ?? DefaultKey)} bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                {await ddl.QuoteAsync(wanted.TextColumn ?? DefaultText)} text{vector}
            )
            """,
            $"table {schema}.{wanted.Table}");
        return await TableFinder.TryFindExactAsync(connection, schema, wanted.Table, cancellationToken)
            ?? throw new InvalidOperationException("The table just created is not in the catalog.");
    }

    // No foreign key: each row written would lock the row it belongs to. The join of the write drops what has vanished.
    private static async Task EnsureSideTableAsync(Ddl ddl, NpgsqlConnection connection, SidePlan plan, CancellationToken cancellationToken)
    {
        var (table, key, type, request) = plan;
        var name = SideTable.TableName(table.Name);
        if (await TableFinder.TryFindExactAsync(connection, table.Schema, name, cancellationToken) is { } there)
        {
            var side = SideTable.TryOf(there, key) ?? throw new IngestException(
                IngestError.Configuration,
                $"Table {there.FullName} exists and is not one that keeps the embeddings of {table.FullName}: it would need the key, model text, " +
                "text_hash bigint, embedding, updated_at, and a primary key over the key and model. Rename it, or use --into column.");
            CheckDimension(there, side.Vector, request);
            return;
        }

        await ddl.RunAsync(
            $"""
            CREATE TABLE {table.SchemaSql}.{await ddl.QuoteAsync(name)} (
                {string.Join(", ", key.Select(column => $"{column.Sql} {column.Type}"))},
                model text,
                text_hash bigint NOT NULL,
                embedding {type.Sql} NOT NULL,
                updated_at timestamptz NOT NULL,
                PRIMARY KEY ({string.Join(", ", key.Select(column => column.Sql))}, model)
            )
            """,
            $"table {table.Schema}.{name} {type.Name}");
    }

    private static async Task EnsureMetricsAsync(
        Ddl ddl, NpgsqlConnection connection, MetricsPlan plan, CancellationToken cancellationToken)
    {
        var (table, key, hashName) = plan;
        var name = MetricsNames.TableName(table.Name);
        if (await TableFinder.TryFindExactAsync(connection, table.Schema, name, cancellationToken) is { } metrics)
        {
            foreach (var (column, type) in MetricsLayout.Missing(metrics))
            {
                await ddl.RunAsync(
                    $"ALTER TABLE {metrics.Sql} ADD COLUMN {await ddl.QuoteAsync(column)} {type}", $"column {metrics.FullName}.{column}");
            }

            if (metrics.Column(hashName) is null)
            {
                // Without a default the rows that are there are not rewritten: NULL, of an unknown text.
                await ddl.RunAsync(
                    $"ALTER TABLE {metrics.Sql} ADD COLUMN {await ddl.QuoteAsync(hashName)} bigint", $"column {metrics.FullName}.{hashName}");
            }

            return;
        }

        var keys = new List<(string Name, string Type)>();
        foreach (var column in key)
        {
            keys.Add((key.Count == 1 ? await ddl.QuoteAsync(MetricsNames.KeyName(table.Name, column.Name)) : column.Sql, column.Type));
        }

        var columns = keys.Concat(MetricsNames.Required.Select(column => (column.Name, Type: MetricsLayout.Type(column))))
            .Append((MetricsNames.UpdatedAt.Name, Type: "timestamptz"))
            .Append((Name: await ddl.QuoteAsync(hashName), Type: "bigint"));
        await ddl.RunAsync(
            $"""
            CREATE TABLE {table.SchemaSql}.{await ddl.QuoteAsync(name)} (
                {string.Join(", ", columns.Select(column => $"{column.Name} {column.Type}"))},
                PRIMARY KEY ({string.Join(", ", keys.Select(column => column.Name))})
            )
            """,
            $"table {table.Schema}.{name}");
    }

    // In a separate table each vector has the hash of its text; with metrics, the hash is that of the text that they were made of.
    private static async Task<string> HashNameAsync(
        NpgsqlConnection connection, CatalogTable table, InitRequest request, CancellationToken cancellationToken)
    {
        if (request.Place == VectorPlace.Table)
        {
            return MetricsNames.TextHash.Name;
        }

        var now = (await TableFinder.TryFindExactAsync(connection, table.Schema, table.Name, cancellationToken))!;
        return ColumnFinder.Vector(now, request.Table.EmbeddingColumn) is { } vector
            ? MetricsLayout.HashName(now, vector.Name)
            : MetricsNames.TextHash.Name;
    }

    private sealed record MetricsPlan(CatalogTable Table, IReadOnlyList<CatalogColumn> Key, string HashName);

    private sealed record SidePlan(CatalogTable Table, IReadOnlyList<CatalogColumn> Key, VectorTypeSql Type, InitRequest Request);
}
