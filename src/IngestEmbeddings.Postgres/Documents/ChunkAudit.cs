using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;
using Npgsql;

namespace IngestEmbeddings.Postgres.Documents;

/// <summary>Finds chunks that are out of step with their documents.</summary>
/// <param name="sql">The statements over both tables.</param>
/// <param name="documents">The table with the documents, as a command takes it.</param>
internal sealed class ChunkAudit(DocumentSql sql, string documents)
{
    private const string ReadComment = """
        SELECT pg_catalog.obj_description(c.oid, 'pg_class'), true
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname::pg_catalog.text = $1 AND c.relname::pg_catalog.text = $2
        """;

    /// <summary>Finds what is wrong with a table where it is one of chunks; nothing for any other table.</summary>
    public static async Task<IReadOnlyList<Finding>> CheckAsync(NpgsqlConnection connection, CatalogTable table, CancellationToken cancellationToken)
    {
        var (comment, _) = await CommentAsync(connection, table.Schema, table.Name, cancellationToken);
        if (SplitRecipe.TryParse(comment) is not { } recipe)
        {
            return [];
        }

        try
        {
            var source = await TableFinder.FindAsync(connection, new TableRequest { Table = recipe.Source }, cancellationToken);
            var key = ColumnFinder.Key(source, recipe.Key.Length == 0 ? null : recipe.Key);
            var sql = new DocumentSql(source, key, ColumnFinder.Text(source, key, recipe.Text), table.Sql);
            return await new ChunkAudit(sql, recipe.Source).CheckAsync(connection, cancellationToken);
        }
        catch (TableNotFoundException)
        {
            return [new Finding("chunks", $"The documents of these chunks, {recipe.Source}, are gone.", 1) { Statement = $"DROP TABLE {table.Sql};" }];
        }
    }

    /// <summary>Reads the comment of a table, and whether there is such a table.</summary>
    public static Task<(string? Comment, bool Exists)> CommentAsync(
        NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(ReadComment, Statements.Value(schema), Statements.Value(table)),
        static row => (row.IsDBNull(0) ? null : row.GetString(0), true),
        cancellationToken);

    /// <summary>Finds what is wrong.</summary>
    public async Task<IReadOnlyList<Finding>> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        await AddAsync(sql.FindPending, "Documents have changed since they were split, or never were.", "To split them", statement: null);
        await AddAsync(sql.FindOrphans, "Chunks are of documents that are gone.", "To remove them", statement: null);
        await AddAsync(sql.FindDifferent, "Chunks have another text than their documents have in their place.", "Then", sql.ForgetDifferent);
        return findings;

        async Task AddAsync(string find, string message, string purpose, string? statement)
        {
            var found = await Statements.ListAsync(
                connection,
                LocalSettings.Long,
                Statements.Command(find, Statements.Key(null), PendingSql.Blank(connection)),
                static row => (Key: row.GetString(0), Count: row.GetInt64(1)),
                cancellationToken);
            if (found.Count > 0)
            {
                findings.Add(new Finding("chunks", message, found[0].Count)
                {
                    Keys = [.. found.Select(static one => one.Key).Distinct(StringComparer.Ordinal)],
                    Statement = statement,
                    Command = new Suggestion(purpose, "split", documents),
                });
            }
        }
    }
}
