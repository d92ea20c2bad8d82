namespace IngestEmbeddings.Stores;

/// <summary>A table whose columns were found and whose rows can be ingested. Safe for use by several threads.</summary>
public interface IIngestTable
{
    /// <summary>The columns, the key and the vectors, as the catalog has them.</summary>
    TableDescription Description { get; }

    /// <summary>How many rows a run would do: rows with text, not yet done, not set aside.</summary>
    Task<long> CountPendingAsync(bool metricsOnly, CancellationToken cancellationToken);

    /// <summary>The texts of some rows that have one, for trying things out; reads and claims nothing else.</summary>
    /// <param name="rows">The most rows, at least 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<string>> SampleAsync(int rows, CancellationToken cancellationToken);

    /// <summary>Makes a copy of some rows that have a text, to try writing on. The table itself is only read.</summary>
    /// <param name="rows">The most rows, at least 1; there are fewer where the table has fewer.</param>
    /// <param name="metricsOnly">True: rows that have a vector, with it. False: rows without their vectors.</param>
    /// <param name="cancellationToken">Gives up; nothing is left then.</param>
    Task<IScratchTable> CreateScratchAsync(int rows, bool metricsOnly, CancellationToken cancellationToken);

    /// <summary>How the table stands: what is pending, which runs are under way, which rows were set aside. Changes nothing.</summary>
    /// <param name="failedRows">The most rows set aside to list.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<TableStatus> ReadStatusAsync(int failedRows, CancellationToken cancellationToken);

    /// <summary>Begins a run over the table, or joins the one that is under way.</summary>
    /// <exception cref="IngestException">The model does not fit the column, or a run with another model is under way.</exception>
    Task<IIngestRun> StartRunAsync(RunRequest request, CancellationToken cancellationToken);
}
