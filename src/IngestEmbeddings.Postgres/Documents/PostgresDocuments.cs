using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Schema;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using IngestEmbeddings.Verifying;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Documents;

/// <summary>A table of documents and the table of their chunks. How the chunks are made is the comment of their table.</summary>
/// <param name="source">Opens connections.</param>
/// <param name="options">The failpoints.</param>
/// <param name="documents">The table with the documents.</param>
/// <param name="key">Its key.</param>
/// <param name="text">Its text.</param>
/// <param name="requested">The documents as the user named them.</param>
internal sealed class PostgresDocuments(
    ConnectionSource source, PostgresOptions options, CatalogTable documents, IReadOnlyList<CatalogColumn> key, CatalogColumn text, DocumentsRequest requested)
    : IDocumentTable
{
    // Texts of that many chunks are sent at a time.
    private const int SentChunks = 500;

    private readonly DocumentSql _sql = new(documents, key, text, $"{documents.SchemaSql}.{Identifier.Quote(ChunkTable(documents, requested))}");

    public string Name => documents.FullName;

    public string TextColumn => text.Name;

    public TableRequest Chunks { get; } = new() { Table = ChunkTable(documents, requested), Schema = documents.Schema };

    public static async Task<PostgresDocuments> FindAsync(
        ConnectionSource source, PostgresOptions options, NpgsqlConnection connection, DocumentsRequest request, CancellationToken cancellationToken)
    {
        var table = await TableFinder.FindAsync(connection, request.Table, cancellationToken);
        var key = ColumnFinder.Key(table, request.Table.IdColumn);
        return new PostgresDocuments(source, options, table, key, ColumnFinder.Text(table, key, request.Table.TextColumn), request);
    }

    public Task<SplitRecipe?> ReadRecipeAsync(CancellationToken cancellationToken) => RunAsync(
        async (connection, token) => await CommentAsync(connection, token) switch
        {
            (_, false) => null,
            var (comment, _) => SplitRecipe.TryParse(comment) ?? throw new IngestException(
                IngestError.Configuration,
                $"Table {documents.Schema}.{Chunks.Table} exists and was not made by split. Rename it, or name another table for the chunks: --into NAME"),
        },
        cancellationToken);

    public Task PrepareAsync(SplitRecipe recipe, CancellationToken cancellationToken) => RunAsync(
        async (connection, token) =>
        {
            await using var transaction = await connection.BeginTransactionAsync(token);
            var ddl = new Ddl(connection, [], token);
            if (await CommentAsync(connection, token) is (_, true))
            {
                await ddl.RunAsync(_sql.Clear, $"the chunks of {Name} again");
            }
            else
            {
                await ddl.QuoteAsync(Chunks.Table);
                await ddl.RunAsync(_sql.Create, $"table {documents.Schema}.{Chunks.Table}");
            }

            var literal = await ddl.ScalarAsync("SELECT pg_catalog.quote_literal($1)", recipe.ToString());
            await ddl.RunAsync(
                $"COMMENT ON TABLE {documents.SchemaSql}.{Identifier.Quote(Chunks.Table)} IS {literal}", $"the comment of {documents.Schema}.{Chunks.Table}");
            await transaction.CommitAsync(token);
            return true;
        },
        cancellationToken);

    public Task<long> CountPendingAsync(CancellationToken cancellationToken) => RunAsync(
        (connection, token) => Statements.FirstAsync(
            connection, LocalSettings.Long, Whole(connection, _sql.Count), static row => row.GetInt64(0), token),
        cancellationToken);

    public Task<IReadOnlyList<PendingDocument>> ReadAsync(PendingDocument? after, int maxDocuments, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<PendingDocument>>(
        async (connection, token) =>
        {
            var size = 0L;
            var read = await Statements.ListAsync(
                connection,
                LocalSettings.Long,
                Statements.Command(
                    _sql.Read(after is null), Statements.Key(((PostgresDocument?)after)?.KeyTexts), PendingSql.Blank(connection), Statements.Value(maxDocuments)),
                row =>
                {
                    if (size >= TextLimits.FullWindow)
                    {
                        return default;
                    }

                    var one = (Key: row.GetFieldValue<string[]>(0), Text: row.GetString(1), Version: row.GetFieldValue<uint>(2), Hash: row.GetInt64(3));
                    size += one.Text.Length;
                    return one;
                },
                token);
            var window = new List<PendingDocument>();
            foreach (var one in read.Where(static one => one.Key is not null))
            {
                var (ids, past) = await ReadChunksAsync(connection, one.Key, token);
                window.Add(new PostgresDocument(one.Key, one.Version, one.Hash, one.Text, ids, past));
            }

            await options.Failpoints.ReachAsync("after_read");
            return window;
        },
        cancellationToken);

    public Task<bool> ReplaceAsync(PendingDocument document, IReadOnlyList<DocumentChunk> chunks, CancellationToken cancellationToken) => RunAsync(
        (connection, token) => ReplaceAsync(connection, (PostgresDocument)document, chunks, token), cancellationToken);

    public Task<long> PruneAsync(CancellationToken cancellationToken) => RunAsync(
        async (connection, token) => (long)await Statements.ExecuteAsync(connection, LocalSettings.LongOnOwnPath, Whole(connection, _sql.Prune), token),
        cancellationToken);

    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => RunAsync<IReadOnlyList<Finding>>(
        async (connection, token) => await new ChunkAudit(_sql, requested.Table.Table).CheckAsync(connection, token), cancellationToken);

    private static string ChunkTable(CatalogTable documents, DocumentsRequest requested) => requested.Into ?? ChunkNames.TableName(documents.Name);

    // $1 is the place of a key that other statements have.
    private static NpgsqlBatchCommand Whole(NpgsqlConnection connection, string sql) =>
        Statements.Command(sql, Statements.Key(null), PendingSql.Blank(connection));

    private Task<(string? Comment, bool Exists)> CommentAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ChunkAudit.CommentAsync(connection, documents.Schema, Chunks.Table, cancellationToken);

    private async Task<(IReadOnlyList<long> Ids, IReadOnlyList<PastChunk> Past)> ReadChunksAsync(
        NpgsqlConnection connection, string[] document, CancellationToken cancellationToken)
    {
        var end = 1;
        var chunks = await Statements.ListAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(_sql.ReadChunks, Statements.Key(document)),
            row =>
            {
                var (start, length) = (row.GetInt32(1), row.GetInt32(2));
                var past = PastChunk.Of(row.GetString(3), start, length, end);
                end = start + length;
                return (Id: row.GetInt64(0), Past: past);
            },
            cancellationToken);
        return ([.. chunks.Select(static chunk => chunk.Id)], [.. chunks.Select(static chunk => chunk.Past)]);
    }

    private async Task<bool> ReplaceAsync(
        NpgsqlConnection connection, PostgresDocument document, IReadOnlyList<DocumentChunk> chunks, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var of = Statements.Key(document.KeyTexts);
        await ExecuteAsync(DocumentSql.Lock, Statements.Key(document.KeyTexts), Statements.Value(Chunks.Table));
        var isUnchanged = await Statements.FirstAsync(
            connection,
            LocalSettings.Write,
            Statements.Command(_sql.IsUnchanged, Statements.Key(document.KeyTexts), Statements.Versions([document.Version]), Statements.Value(document.Ids.ToArray())),
            static row => row.GetBoolean(0),
            cancellationToken);
        if (!isUnchanged)
        {
            return false;
        }

        var ordinals = chunks.Select(static (chunk, index) => (Chunk: chunk, Ordinal: index + 1)).ToList();
        var kept = ordinals.FindAll(static one => one.Chunk.Kept is not null);
        long[] ids = [.. kept.Select(one => document.Ids[one.Chunk.Kept!.Value])];
        await ExecuteAsync(_sql.Delete, of, Statements.Value(ids));
        await ExecuteAsync(
            _sql.Move,
            Statements.Value(ids),
            Statements.Value(kept.Select(static one => one.Ordinal).ToArray()),
            Statements.Value(kept.Select(static one => one.Chunk.Start).ToArray()),
            Statements.Value(document.Hash));
        foreach (var sent in ordinals.Where(static one => one.Chunk.Kept is null).Chunk(SentChunks))
        {
            await ExecuteAsync(
                _sql.Insert,
                Statements.Key(document.KeyTexts),
                Statements.Value(sent.Select(static one => one.Ordinal).ToArray()),
                Statements.Value(sent.Select(static one => one.Chunk.Start).ToArray()),
                Statements.Value(sent.Select(static one => one.Chunk.Length).ToArray()),
                new NpgsqlParameter<string[]> { TypedValue = [.. sent.Select(one => one.Chunk.TextOf(document.Text))], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                Statements.Value(document.Hash));
        }

        await options.Failpoints.ReachAsync("before_commit");
        await transaction.CommitAsync(cancellationToken);
        await options.Failpoints.ReachAsync("after_commit");
        return true;

        Task<int> ExecuteAsync(string sql, params NpgsqlParameter[] parameters) =>
            Statements.ExecuteAsync(connection, LocalSettings.Write, Statements.Command(sql, parameters), cancellationToken);
    }

    private Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        source.Border.RunAsync(async () =>
        {
            await using var connection = new RetryingConnection(source, patience: Patience.Command);
            return await connection.RunAsync((open, _, token) => work(open, token), cancellationToken);
        });
}
