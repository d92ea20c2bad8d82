namespace IngestEmbeddings.Stores;

/// <summary>A copy of some rows of a table, with nothing done yet, to try writing on.</summary>
/// <remarks>Disposing it drops it. What a process that was killed has left is dropped when the next one makes such a copy.</remarks>
public interface IScratchTable : IAsyncDisposable
{
    /// <summary>The copy: the same columns, keys, indexes and kinds of vectors. Not to be used after this was disposed.</summary>
    IIngestTable Table { get; }
}
