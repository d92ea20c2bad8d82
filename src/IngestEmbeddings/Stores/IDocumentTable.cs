using IngestEmbeddings.Splitting;
using IngestEmbeddings.Verifying;

namespace IngestEmbeddings.Stores;

/// <summary>Which documents, and which table their chunks go to.</summary>
public sealed record DocumentsRequest
{
    /// <summary>The table with the documents. It needs a key and a text, and nothing else.</summary>
    public required TableRequest Table { get; init; }

    /// <summary>The table with the chunks, in the schema of the documents; null: named after them, as <see cref="ChunkNames"/> says.</summary>
    public string? Into { get; init; }
}

/// <summary>How a table of chunks and its columns are named. Every store follows these names.</summary>
public static class ChunkNames
{
    /// <summary>The columns besides the key of the document, in the order of the statements.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["ordinal", "start", "length", "text", "source_hash"];

    /// <summary>The table of the chunks of a table: <c>document_chunks</c> of <c>documents</c>.</summary>
    public static string TableName(string documents) => $"{Singular(documents)}_chunks";

    /// <summary>The column with a key column of the document: <c>document_id</c>.</summary>
    public static string KeyName(string documents, string key) => $"{Singular(documents)}_{key}";

    /// <summary>The columns of a table of chunks that name the document; none of any other table.</summary>
    /// <param name="columns">The columns of the table, in their order.</param>
    /// <param name="comparison">How the store compares names. Default: with regard to case.</param>
    public static IReadOnlyList<string> DocumentColumns(IReadOnlyList<string> columns, StringComparison comparison = StringComparison.Ordinal) =>
        Columns.All(name => columns.Any(column => string.Equals(column, name, comparison)))
            ? [.. columns.Skip(1).TakeWhile(column => !string.Equals(column, Columns[0], comparison))]
            : [];

    private static string Singular(string table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.Length > 1 && table[^1] is 's' or 'S' ? table[..^1] : table;
    }
}

/// <summary>A document whose chunks are not those of its text.</summary>
/// <param name="key">Its key as messages show it.</param>
/// <param name="text">Its text.</param>
/// <param name="past">The chunks that it has.</param>
public abstract class PendingDocument(string key, string text, IReadOnlyList<PastChunk> past)
{
    /// <summary>Its key as messages show it.</summary>
    public string Key => key;

    /// <summary>Its text.</summary>
    public string Text => text;

    /// <summary>The chunks that it has, in their order.</summary>
    public IReadOnlyList<PastChunk> Past => past;
}

/// <summary>A table of documents and the table of their chunks.</summary>
/// <remarks>
/// Safe for use by several threads and processes: the chunks of a document are replaced in one transaction, which changes nothing
/// where the document or its chunks are not those that were read.
/// </remarks>
public interface IDocumentTable
{
    /// <summary>The table with the documents, as shown to the user.</summary>
    string Name { get; }

    /// <summary>The text column of the documents.</summary>
    string TextColumn { get; }

    /// <summary>The table with the chunks.</summary>
    TableRequest Chunks { get; }

    /// <summary>Reads how the chunks are made; null where there is no such table.</summary>
    /// <exception cref="IngestException">There is a table of that name which is none of chunks.</exception>
    Task<SplitRecipe?> ReadRecipeAsync(CancellationToken cancellationToken);

    /// <summary>Creates the table of the chunks, or removes all chunks, and records how they are made.</summary>
    Task PrepareAsync(SplitRecipe recipe, CancellationToken cancellationToken);

    /// <summary>Counts the documents that are to be split.</summary>
    Task<long> CountPendingAsync(CancellationToken cancellationToken);

    /// <summary>Reads documents that are to be split, in the order of their keys.</summary>
    /// <param name="after">The one after which to read; null for the first.</param>
    /// <param name="maxDocuments">The maximum documents; fewer come where they are long.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<IReadOnlyList<PendingDocument>> ReadAsync(PendingDocument? after, int maxDocuments, CancellationToken cancellationToken);

    /// <summary>Replaces the chunks of a document. Those that are kept keep their row, and with it their vector.</summary>
    /// <returns>False where the document or its chunks have changed since they were read: nothing was written.</returns>
    Task<bool> ReplaceAsync(PendingDocument document, IReadOnlyList<DocumentChunk> chunks, CancellationToken cancellationToken);

    /// <summary>Removes the chunks of documents that are gone or have no text any more.</summary>
    /// <returns>How many chunks were removed.</returns>
    Task<long> PruneAsync(CancellationToken cancellationToken);

    /// <summary>Finds chunks that are out of step with their documents. Changes nothing.</summary>
    Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken);
}
