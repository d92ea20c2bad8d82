using IngestEmbeddings.Text;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Finds the one table that a request means.</summary>
internal static class TableFinder
{
    /// <summary>Finds the table.</summary>
    /// <exception cref="IngestException">There is none, several, or it is no table; the message says which and what to do.</exception>
    public static async Task<CatalogTable> FindAsync(
        NpgsqlConnection connection, TableRequest request, CancellationToken cancellationToken) =>
        await TryFindAsync(connection, request, cancellationToken)
            ?? throw await UnknownAsync(connection, request, cancellationToken);

    /// <summary>Finds the table, or null where nothing has its name.</summary>
    public static async Task<CatalogTable?> TryFindAsync(
        NpgsqlConnection connection, TableRequest request, CancellationToken cancellationToken)
    {
        if (request.Table.Contains('\0') || request.Schema?.Contains('\0') == true)
        {
            throw Wrong("The name of a table or a schema has a NUL character, which no name in PostgreSQL can have.");
        }

        var found = await CatalogReader.FindAsync(connection, request.Table, request.Schema, cancellationToken);
        if (found.Count == 0 && request.Schema is null && request.Table.Split('.', 2) is [var schema, var name])
        {
            // "schema.table" is how people write it; a table whose own name has a dot was looked for first.
            found = await CatalogReader.FindAsync(connection, name, schema, cancellationToken);
        }

        if (found.Count == 0)
        {
            return null;
        }

        var reachable = found.FindAll(table => table.IsReachable);
        if (reachable.Count == 0)
        {
            throw Wrong($"Table {found[0].Schema}.{found[0].Name} is in a schema that this role may not use: " +
                $"GRANT USAGE ON SCHEMA {found[0].SchemaSql} TO {Quoted(connection)};");
        }

        var table = reachable switch
        {
            [var only] => only,
            _ => throw Wrong($"Table {request.Table} is in several schemas: {string.Join(", ", reachable.Select(one => one.Schema))}. " +
                $"Say which: --schema {reachable[0].Schema}."),
        };
        if (table.Children is { } children)
        {
            throw Wrong($"Tables inherit from {table.Schema}.{table.Name} ({children}), and their rows may have the same keys. Name one of them, " +
                "detach them (ALTER TABLE … NO INHERIT), or make it a partitioned table.");
        }

        return table.Kind is 'r' or 'p'
            ? await CatalogReader.ReadAsync(connection, table, cancellationToken)
            : throw Wrong($"{table.Schema}.{table.Name} is {Describe(table.Kind)}, not a table; embeddings can be kept in a table only.");
    }

    /// <summary>Finds a table by name in a schema, or null.</summary>
    public static async Task<CatalogTable?> TryFindExactAsync(
        NpgsqlConnection connection, string schema, string name, CancellationToken cancellationToken)
    {
        var found = await CatalogReader.FindAsync(connection, name, schema, cancellationToken);
        return found is [{ Kind: 'r' or 'p' } table] ? await CatalogReader.ReadAsync(connection, table, cancellationToken) : null;
    }

    private static async Task<IngestException> UnknownAsync(
        NpgsqlConnection connection, TableRequest request, CancellationToken cancellationToken)
    {
        var names = await CatalogReader.ListAsync(connection, request.Schema, cancellationToken);
        var near = NearNames.Of(request.Table, names.Select(name => name.Name));
        var place = request.Schema is null ? $"database {connection.Database}" : $"schema {request.Schema}";
        var hint = near.Count > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
        return new TableNotFoundException($"There is no table {request.Table} in {place}.{hint}")
        {
            Suggestion = new Suggestion("To create it", "init", request.Table),
        };
    }

    private static string Quoted(NpgsqlConnection connection) => $"\"{(connection.UserName ?? "").Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Describe(char kind) => kind switch
    {
        'v' => "a view",
        'm' => "a materialized view",
        _ => "a foreign table",
    };

    private static IngestException Wrong(string message) => new(IngestError.Configuration, message);
}
