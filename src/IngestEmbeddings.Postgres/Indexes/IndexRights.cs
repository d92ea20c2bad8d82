using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>Checks that the role may build and drop indexes of a table: only its owner may.</summary>
internal static class IndexRights
{
    private const string Find = """
        SELECT format('GRANT %I TO %I;', pg_get_userbyid(c.relowner), current_user), pg_get_userbyid(c.relowner)::text,
               pg_has_role(c.relowner, 'USAGE'), has_schema_privilege(c.relnamespace, 'CREATE'),
               format('GRANT CREATE ON SCHEMA %I TO %I;', n.nspname, current_user)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = $1
        """;

    /// <summary>What the role lacks, with the statement that gives it; null for nothing.</summary>
    public static Task<string?> FindMissingAsync(NpgsqlConnection connection, CatalogTable table, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Find, Statements.Oid(table.Oid)),
            row => !row.GetBoolean(2) ? $"Only the owner of {table.FullName}, {row.GetString(1)}, may build and drop its indexes. Run as that role, or ask for: {row.GetString(0)}"
                : !row.GetBoolean(3) ? $"This role may create nothing in the schema of {table.FullName}. Ask its owner for: {row.GetString(4)}"
                : null,
            cancellationToken);

    /// <exception cref="IngestException">A right is missing.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, CatalogTable table, CancellationToken cancellationToken)
    {
        if (await FindMissingAsync(connection, table, cancellationToken) is { } missing)
        {
            throw new IngestException(IngestError.Configuration, missing);
        }
    }
}
