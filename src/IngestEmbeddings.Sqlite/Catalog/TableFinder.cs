using IngestEmbeddings.Events;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Catalog;

/// <summary>Finds a table and the columns that a run uses. What is ambiguous is refused, never guessed.</summary>
internal static class TableFinder
{
    /// <summary>Finds everything that a run needs.</summary>
    public static TableLayout Find(SqliteConnection connection, TableRequest request)
    {
        var table = FindTable(connection, request);
        var columns = CatalogReader.Columns(connection, table);
        var key = FindKey(connection, request, table, columns);
        var text = FindText(request, table, columns, key);
        var embedding = FindEmbedding(request, table, columns, key) ?? throw SqliteFaults.Misconfigured(
            $"The table {table} has no column for vectors (a BLOB). To add one: ingest-embeddings init {table}");
        if (request.WithoutMetrics)
        {
            return new TableLayout(table, key, text, embedding, MetricsLayout.None(key.Count)) { ChangesUnnoticed = ChangesUnnoticed.WithoutMetrics(table, request.Table) };
        }

        var hashName = MetricsLayout.HashName(columns, embedding);
        var metrics = FindMetrics(connection, table, key, hashName);
        return new TableLayout(table, key, text, embedding, metrics)
        {
            ChangesUnnoticed = metrics.TextHash is null
                ? new ChangesUnnoticed(table, $"{metrics.Table} has no column {hashName}", new Suggestion("To add it", "init", request.Table))
                : null,
        };
    }

    public static string FindTable(SqliteConnection connection, TableRequest request)
    {
        RefuseSchema(request);
        if (CatalogReader.FindTable(connection, request.Table) is { } table)
        {
            return table;
        }

        var near = NearNames.Of(request.Table, CatalogReader.Tables(connection));
        var meant = near.Count == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
        throw new TableNotFoundException($"There is no table {request.Table} in {connection.DataSource}.{meant}")
        {
            Suggestion = new Suggestion("To create it", "init", request.Table),
        };
    }

    public static void RefuseSchema(TableRequest request)
    {
        if (request.Schema is { } schema && !CatalogReader.Same(schema, "main"))
        {
            throw SqliteFaults.Misconfigured($"SQLite has no schema {schema}: leave out --schema.");
        }
    }

    public static IReadOnlyList<Column> FindKey(
        SqliteConnection connection, TableRequest request, string table, IReadOnlyList<Column> columns)
    {
        IReadOnlyList<Column> key;
        if (request.IdColumn is { } asked)
        {
            var column = Named(asked, table, columns, "--id-column");
            if (!CatalogReader.IsUnique(connection, table, column))
            {
                throw SqliteFaults.Misconfigured(
                    $"The column {column.Name} of {table} is not a key: several rows may have one value. Create a unique index on it.");
            }

            key = [column];
        }
        else
        {
            key = CatalogReader.PrimaryKey(columns);
        }

        if (key.Count == 0)
        {
            throw SqliteFaults.Misconfigured(
                $"The table {table} has no primary key: give it one, or name a unique column with --id-column.");
        }

        // SQLite accepts NULL in a key, and several rows may then have the same one.
        var nulls = string.Join(" OR ", key.Select(column => $"{Identifier.Quote(column.Name)} IS NULL"));
        if (connection.Scalar($"SELECT 1 FROM {Identifier.Quote(table)} WHERE {nulls} LIMIT 1") is not null)
        {
            throw SqliteFaults.Misconfigured(
                $"The table {table} has rows whose key ({string.Join(", ", key.Select(column => column.Name))}) is NULL: give them one.");
        }

        return key;
    }

    public static string FindText(TableRequest request, string table, IReadOnlyList<Column> columns, IReadOnlyList<Column> key)
    {
        if (request.TextColumn is { } asked)
        {
            return Named(asked, table, columns, "--text-column").Name;
        }

        var candidates = columns.Except(key).Where(column => column.HoldsText).Select(column => column.Name).ToList();
        return Only(candidates, "text") ?? throw SqliteFaults.Misconfigured(candidates.Count == 0
            ? $"The table {table} has no text column: name the column of the texts with --text-column."
            : $"The table {table} has several text columns ({string.Join(", ", candidates)}): name one with --text-column.");
    }

    /// <summary>The column of the vectors; null when there is none.</summary>
    public static string? FindEmbedding(TableRequest request, string table, IReadOnlyList<Column> columns, IReadOnlyList<Column> key)
    {
        if (request.EmbeddingColumn is { } asked)
        {
            var column = Named(asked, table, columns, "--embedding-column");
            return column.HoldsBlobs ? column.Name : throw SqliteFaults.Misconfigured(
                $"The column {column.Name} of {table} cannot hold vectors: it is {column.DeclaredType}, not BLOB. "
                + "Name another with --embedding-column.");
        }

        var candidates = columns.Except(key).Where(column => column.HoldsBlobs).Select(column => column.Name).ToList();
        return candidates.Count == 0 ? null : Only(candidates, "embedding") ?? throw SqliteFaults.Misconfigured(
            $"The table {table} has several BLOB columns ({string.Join(", ", candidates)}): name that of the vectors with --embedding-column.");
    }

    public static MetricsLayout FindMetrics(SqliteConnection connection, string table, IReadOnlyList<Column> key, string hashName)
    {
        var name = MetricsLayout.NameFor(table);
        return MetricsLayout.Find(connection, name, key.Count, hashName) ?? throw SqliteFaults.Misconfigured(
            $"The metrics table {name} of {table} is missing. For embeddings alone: --metrics none. To create it: ingest-embeddings init {table}");
    }

    private static string? Only(List<string> candidates, string usual) =>
        candidates.Count == 1 ? candidates[0] : candidates.Find(name => CatalogReader.Same(name, usual));

    private static Column Named(string name, string table, IReadOnlyList<Column> columns, string option) =>
        columns.FirstOrDefault(column => CatalogReader.Same(column.Name, name)) ?? throw SqliteFaults.Misconfigured(
            $"The table {table} has no column {name}: its columns are {string.Join(", ", columns.Select(column => column.Name))}. Correct {option}.");
}
