using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Verifying;

/// <summary>Reads a table for a check of what a run has written. Changes nothing. Safe for use by several threads.</summary>
public interface ITableAudit
{
    /// <summary>True where only the signs of the components are kept.</summary>
    bool KeepsSigns { get; }

    /// <summary>Reads every row in key order, a page at a time.</summary>
    /// <param name="model">Whose vectors, where those of several models are kept; null: any.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    IAsyncEnumerable<AuditedRow> ReadAsync(ModelIdentity? model, CancellationToken cancellationToken);

    /// <summary>Reads some rows that have a text and a vector, whichever are found first.</summary>
    /// <param name="model">As for <see cref="ReadAsync"/>.</param>
    /// <param name="rows">The maximum rows.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<IReadOnlyList<AuditedRow>> SampleAsync(ModelIdentity? model, int rows, CancellationToken cancellationToken);

    /// <summary>Finds what is wrong with the tables themselves: vectors and metrics of rows that are gone, indexes that are not valid.</summary>
    Task<IReadOnlyList<Finding>> CheckTablesAsync(CancellationToken cancellationToken);

    /// <summary>The statement that forgets the vectors of some rows, so that a run makes them.</summary>
    /// <param name="keys">The keys; null: all rows.</param>
    string ForgetVectors(IReadOnlyList<IReadOnlyList<string>>? keys);

    /// <summary>The statement that forgets the metrics of some rows, so that a run makes them.</summary>
    /// <param name="keys">The keys; null: all rows.</param>
    string ForgetMetrics(IReadOnlyList<IReadOnlyList<string>>? keys);
}
