using System.Globalization;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using IngestEmbeddings.Verifying;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Documents;

/// <summary>A table of documents <c>t</c> and the table of their chunks <c>c</c>. How the chunks are made is a setting.</summary>
/// <param name="database">The file.</param>
/// <param name="documents">The table with the documents.</param>
/// <param name="key">Its key.</param>
/// <param name="text">Its text.</param>
/// <param name="into">The table with the chunks.</param>
internal sealed class SqliteDocuments(Database database, string documents, IReadOnlyList<Column> key, string text, string into) : IDocumentTable
{
    private readonly string _documents = Identifier.Quote(documents);
    private readonly string _chunks = Identifier.Quote(into);
    private readonly string[] _columns = [.. key.Select(column => Identifier.Quote(ChunkNames.KeyName(documents, column.Name)))];
    private readonly string[] _keys = [.. key.Select(static column => Identifier.Quote(column.Name))];

    public string Name => documents;

    public string TextColumn => text;

    public TableRequest Chunks { get; } = new() { Table = into };

    private string Setting => SettingOf(into);

    private string Text => $"t.{Identifier.Quote(text)}";

    private string Hash => TextHash.Sql(Text);

    private string IsOf => string.Join(" AND ", _columns.Zip(_keys, static (column, key) => $"c.{column} = t.{key}"));

    private string IsOfKey => string.Join(" AND ", _columns.Select(static (column, index) => $"c.{column} = @k{index}"));

    private string HasText => $"trim({Text}, @blank) <> ''";

    private string Pending => $"{HasText} AND NOT EXISTS (SELECT 1 FROM {_chunks} AS c WHERE {IsOf} AND c.ordinal = 1 AND c.source_hash = {Hash})";

    // The documents are looked through once: looked up for each chunk, a long one would be read as often as it has chunks.
    private string IsOrphan =>
        $"({string.Join(", ", _columns.Select(static column => $"c.{column}"))}) NOT IN (SELECT {string.Join(", ", _keys.Select(static key => $"t.{key}"))} FROM {_documents} AS t WHERE {string.Join(" AND ", _keys.Select(static key => $"t.{key} IS NOT NULL"))} AND {HasText})";

    /// <summary>Finds what is wrong with a table where it is one of chunks; nothing for any other table.</summary>
    public static IReadOnlyList<Finding> CheckChunks(Database database, SqliteConnection connection, string table)
    {
        if (SplitRecipe.TryParse(StoreSettings.Read(connection, SettingOf(table))) is not { } recipe)
        {
            return [];
        }

        if (CatalogReader.FindTable(connection, recipe.Source) is null)
        {
            return [new Finding("chunks", $"The documents of these chunks, {recipe.Source}, are gone.", 1) { Statement = $"DROP TABLE {Identifier.Quote(table)};" }];
        }

        var request = new TableRequest { Table = recipe.Source, IdColumn = recipe.Key.Length == 0 ? null : recipe.Key, TextColumn = recipe.Text };
        return Find(database, connection, new DocumentsRequest { Table = request, Into = table }).Check(connection);
    }

    public static SqliteDocuments Find(Database database, SqliteConnection connection, DocumentsRequest request)
    {
        var table = TableFinder.FindTable(connection, request.Table);
        var columns = CatalogReader.Columns(connection, table);
        var key = TableFinder.FindKey(connection, request.Table, table, columns);
        return new SqliteDocuments(
            database, table, key, TableFinder.FindText(request.Table, table, columns, key), request.Into ?? ChunkNames.TableName(table));
    }

    public Task<SplitRecipe?> ReadRecipeAsync(CancellationToken cancellationToken) => ReadAsync(
        connection => CatalogReader.FindTable(connection, into) is null ? null
            : SplitRecipe.TryParse(StoreSettings.Read(connection, Setting)) ?? throw SqliteFaults.Misconfigured(
                $"The table {into} exists and was not made by split. Rename it, or name another table for the chunks: --into NAME"),
        cancellationToken);

    public Task PrepareAsync(SplitRecipe recipe, CancellationToken cancellationToken) => WriteAsync(
        connection =>
        {
            if (CatalogReader.FindTable(connection, into) is not null)
            {
                connection.Execute($"DELETE FROM {_chunks}");
            }
            else
            {
                // No id is used again: what was made of an older chunk is never taken for that of another.
                connection.Execute(
                    $"""
                    CREATE TABLE {_chunks}(
                        id INTEGER PRIMARY KEY AUTOINCREMENT, {string.Join(", ", _columns.Zip(key, static (column, source) => $"{column} {source.DeclaredType} NOT NULL"))},
                        ordinal INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, text TEXT NOT NULL, source_hash INTEGER);
                    CREATE INDEX {Identifier.Quote($"{into}_document")} ON {_chunks}({string.Join(", ", _columns)}, ordinal)
                    """);
            }

            StoreSettings.Write(connection, Setting, recipe.ToString());
            return true;
        },
        cancellationToken);

    public Task<long> CountPendingAsync(CancellationToken cancellationToken) => ReadAsync(
        connection => Convert.ToInt64(
            connection.Scalar($"SELECT count(*) FROM {_documents} AS t WHERE {Pending}", ("@blank", BlankCharacters.All)), CultureInfo.InvariantCulture),
        cancellationToken);

    public Task<IReadOnlyList<PendingDocument>> ReadAsync(PendingDocument? after, int maxDocuments, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<PendingDocument>>(
        connection =>
        {
            var keys = string.Join(", ", _keys.Select(static key => $"t.{key}"));
            var place = after is null ? "" : $"({keys}) > ({string.Join(", ", _keys.Select(static (_, index) => $"@k{index}"))}) AND ";
            using var command = connection.Command(
                $"SELECT {keys}, {Text}, {Hash} FROM {_documents} AS t WHERE {place}{Pending} ORDER BY {keys} LIMIT @rows",
                [("@blank", BlankCharacters.All), ("@rows", maxDocuments), .. Keys(((SqliteDocument?)after)?.Values ?? [])]);
            using var reader = command.ExecuteReader();
            var window = new List<PendingDocument>();
            for (var size = 0L; size < TextLimits.FullWindow && reader.Read(); size += window[^1].Text.Length)
            {
                object[] values = [.. Enumerable.Range(0, _keys.Length).Select(reader.GetValue)];
                var (ids, past) = ReadChunks(connection, values);
                window.Add(new SqliteDocument(values, reader.GetInt64(_keys.Length + 1), reader.GetString(_keys.Length), ids, past));
            }

            return window;
        },
        cancellationToken);

    public Task<bool> ReplaceAsync(PendingDocument document, IReadOnlyList<DocumentChunk> chunks, CancellationToken cancellationToken) =>
        WriteAsync(connection => Replace(connection, (SqliteDocument)document, chunks), cancellationToken);

    public Task<long> PruneAsync(CancellationToken cancellationToken) => WriteAsync(
        connection => (long)connection.Execute($"DELETE FROM {_chunks} AS c WHERE {IsOrphan}", ("@blank", BlankCharacters.All)), cancellationToken);

    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<Finding>>(Check, cancellationToken);

    private List<Finding> Check(SqliteConnection connection)
    {
        var findings = new List<Finding>();
        var split = new Suggestion("To split them", "split", documents);
        var sources = $"{_chunks} AS c JOIN {_documents} AS t ON {IsOf}";
        Add(_keys, "t", $"{_documents} AS t", Pending, "Documents have changed since they were split, or never were.", found => found with { Command = split });
        Add(_columns, "c", $"{_chunks} AS c", IsOrphan, "Chunks are of documents that are gone.", found => found with { Command = split with { Purpose = "To remove them" } });
        Add(
            _columns,
            "c",
            sources,
            $"{HasText} AND c.source_hash = {Hash} AND {IsDifferent("c")}",
            "Chunks have another text than their documents have in their place.",
            found => found with
            {
                Statement = $"UPDATE {_chunks} AS c SET source_hash = NULL WHERE ({string.Join(", ", _columns)}) IN (SELECT {string.Join(", ", _columns.Select(static column => $"d.{column}"))} FROM {_chunks} AS d JOIN {_documents} AS t ON {IsOf.Replace("c.", "d.", StringComparison.Ordinal)} WHERE {IsDifferent("d")});",
                Command = split with { Purpose = "Then" },
            });
        return findings;

        void Add(string[] keys, string table, string from, string condition, string message, Func<Finding, Finding> heal)
        {
            var found = connection.Query(
                $"SELECT {string.Join(" || ', ' || ", keys.Select(key => $"{table}.{key}"))}, count(*) OVER () FROM {from} WHERE {condition} LIMIT 20",
                static reader => (Key: Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "", Count: reader.GetInt64(1)),
                ("@blank", BlankCharacters.All));
            if (found.Count > 0)
            {
                findings.Add(heal(new Finding("chunks", message, found[0].Count) { Keys = [.. found.Select(static one => one.Key).Distinct(StringComparer.Ordinal)] }));
            }
        }
    }

    // The chunk, or it after its headings and an empty line.
    private string IsDifferent(string chunk) =>
        $"substr({Text}, {chunk}.start, {chunk}.length) <> {chunk}.text AND char(10) || char(10) || substr({Text}, {chunk}.start, {chunk}.length) <> substr({chunk}.text, -{chunk}.length - 2)";

    private static (string Name, object? Value)[] Keys(object[] values) => [.. values.Select(static (value, index) => ($"@k{index}", (object?)value))];

    private (IReadOnlyList<long> Ids, IReadOnlyList<PastChunk> Past) ReadChunks(SqliteConnection connection, object[] document)
    {
        var end = 1;
        var chunks = connection.Query(
            $"SELECT c.id, c.start, c.length, c.text FROM {_chunks} AS c WHERE {IsOfKey} ORDER BY c.ordinal, c.id",
            reader =>
            {
                var (start, length) = (reader.GetInt32(1), reader.GetInt32(2));
                var past = PastChunk.Of(reader.GetString(3), start, length, end);
                end = start + length;
                return (Id: reader.GetInt64(0), Past: past);
            },
            Keys(document));
        return ([.. chunks.Select(static chunk => chunk.Id)], [.. chunks.Select(static chunk => chunk.Past)]);
    }

    private bool Replace(SqliteConnection connection, SqliteDocument document, IReadOnlyList<DocumentChunk> chunks)
    {
        var isSame = string.Join(" AND ", _keys.Select(static (key, index) => $"t.{key} = @k{index}"));
        var hash = connection.Scalar($"SELECT {Hash} FROM {_documents} AS t WHERE {isSame}", Keys(document.Values));
        var ids = connection.Query(
            $"SELECT c.id FROM {_chunks} AS c WHERE {IsOfKey} ORDER BY c.ordinal, c.id", static reader => reader.GetInt64(0), Keys(document.Values));
        if (!Equals(hash, document.Hash) || !ids.SequenceEqual(document.Ids))
        {
            return false;
        }

        var kept = chunks.Where(static chunk => chunk.Kept is not null).Select(chunk => document.Ids[chunk.Kept!.Value]).ToHashSet();
        foreach (var id in ids.Where(id => !kept.Contains(id)))
        {
            connection.Execute($"DELETE FROM {_chunks} WHERE id = @id", ("@id", id));
        }

        using var move = connection.Command(
            $"UPDATE {_chunks} SET ordinal = @ordinal, start = @start, source_hash = @hash WHERE id = @id",
            ("@ordinal", 0), ("@start", 0), ("@hash", document.Hash), ("@id", 0L));
        using var insert = connection.Command(
            $"""
            INSERT INTO {_chunks}({string.Join(", ", _columns)}, ordinal, start, length, text, source_hash)
            VALUES ({string.Join(", ", _columns.Select(static (_, index) => $"@k{index}"))}, @ordinal, @start, @length, @text, @hash)
            """,
            [("@ordinal", 0), ("@start", 0), ("@length", 0), ("@text", ""), ("@hash", document.Hash), .. Keys(document.Values)]);
        for (var i = 0; i < chunks.Count; i++)
        {
            var chunk = chunks[i];
            var command = chunk.Kept is null ? insert : move;
            command.Parameters["@ordinal"].Value = i + 1;
            command.Parameters["@start"].Value = chunk.Start;
            if (chunk.Kept is { } past)
            {
                command.Parameters["@id"].Value = document.Ids[past];
            }
            else
            {
                command.Parameters["@length"].Value = chunk.Length;
                command.Parameters["@text"].Value = chunk.TextOf(document.Text);
            }

            command.ExecuteNonQuery();
        }

        return true;
    }

    // The name of the setting that says how a table of chunks is made.
    private static string SettingOf(string chunks) => $"split {chunks}";

    private async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.ReadAsync(connection, () => read(connection), cancellationToken);
    }

    private async Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.WriteAsync(connection, () => write(connection), cancellationToken);
    }
}
