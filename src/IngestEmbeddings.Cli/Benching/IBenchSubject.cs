using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>What a combination is tried on.</summary>
internal interface IBenchSubject
{
    /// <summary>Rows to try with.</summary>
    int Rows { get; }

    /// <summary>True when a database is written to.</summary>
    bool Writes { get; }

    /// <summary>Prepares rows that are all pending, and starts a run over them.</summary>
    /// <param name="encoder">Makes the vectors; null for metrics alone.</param>
    /// <param name="options">How many workers, how large batches.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>The run; disposing it drops everything that was made for it.</returns>
    Task<IIngestRun> StartAsync(IEncoder? encoder, IngestOptions options, CancellationToken cancellationToken);
}
