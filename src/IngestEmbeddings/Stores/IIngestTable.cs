using IngestEmbeddings.Searching;
using IngestEmbeddings.Verifying;

namespace IngestEmbeddings.Stores;

/// <summary>A table whose columns were found and whose rows can be ingested. Safe for use by several threads.</summary>
public interface IIngestTable
{
    /// <summary>The columns, the key and the vectors, as the catalog has them.</summary>
    TableDescription Description { get; }

    /// <summary>The indexing of its vectors; null where the store has none (<see cref="StoreCapabilities.IndexesVectors"/>).</summary>
    IVectorIndexing? Indexing { get; }

    /// <summary>Finds rows by their vectors and by their words.</summary>
    IRowSearch Search { get; }

    /// <summary>Reads the table for a check of what runs have written.</summary>
    ITableAudit Audit { get; }

    /// <summary>Counts the rows that a run would do: rows with text, not yet done, not failed.</summary>
    Task<long> CountPendingAsync(IngestWork work, CancellationToken cancellationToken);

    /// <summary>The texts of some rows that have one, for trying things out; reads and claims nothing else.</summary>
    /// <param name="rows">The maximum rows, at least 1.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<IReadOnlyList<string>> SampleAsync(int rows, CancellationToken cancellationToken);

    /// <summary>Makes a copy of some rows that have a text, to try writing on. The table itself is only read.</summary>
    /// <param name="request">Which rows.</param>
    /// <param name="cancellationToken">A token to cancel the operation; nothing is left then.</param>
    Task<IScratchTable> CreateScratchAsync(ScratchRequest request, CancellationToken cancellationToken);

    /// <summary>Reads the state of the table: what is pending, which runs are active, which rows failed. Changes nothing.</summary>
    /// <param name="failedRows">The maximum failed rows to list.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<TableStatus> ReadStatusAsync(int failedRows, CancellationToken cancellationToken) =>
        ReadStatusAsync(failedRows, mayEstimate: false, cancellationToken);

    /// <summary>Reads the state of the table. Changes nothing.</summary>
    /// <param name="failedRows">The maximum failed rows to list.</param>
    /// <param name="mayEstimate">True to estimate the rows of a table that takes long to count (<see cref="TableStatus.IsExact"/>).</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<TableStatus> ReadStatusAsync(int failedRows, bool mayEstimate, CancellationToken cancellationToken);

    /// <summary>Reads what made the vectors of the table, the latest first; none before the first run. Changes nothing.</summary>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    Task<IReadOnlyList<VectorOrigin>> ReadOriginsAsync(CancellationToken cancellationToken);

    /// <summary>Reads what a run would do, what it needs, and why it would be refused. Writes nothing.</summary>
    Task<TablePlan> ReadPlanAsync(PlanRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the vectors and the metrics of rows that are gone or whose text is NULL or blank by now. A run does the same at
    /// its end.
    /// </summary>
    /// <exception cref="IngestException">A right is missing.</exception>
    Task<PruneReport> PruneAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the receipt of a run; of each table the last 100 are kept.</summary>
    /// <param name="receipt">A document of the caller's, without secrets.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">A right is missing.</exception>
    Task KeepReceiptAsync(string receipt, CancellationToken cancellationToken);

    /// <summary>Reads the receipts of past runs, the last one first.</summary>
    Task<IReadOnlyList<string>> ReadReceiptsAsync(CancellationToken cancellationToken);

    /// <summary>Starts a run over the table, or joins the active one.</summary>
    /// <exception cref="IngestException">The model does not fit the column, or a run with another model is active.</exception>
    Task<IIngestRun> StartRunAsync(RunRequest request, CancellationToken cancellationToken);
}
