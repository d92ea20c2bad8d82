using IngestEmbeddings.Batching;

namespace IngestEmbeddings.Encoding;

/// <summary>A model that turns tokens into vectors: the one thing that a runtime has to provide.</summary>
/// <remarks>
/// One instance serves all workers: <see cref="Run"/> is called from several threads at once. Disposed once, after the last
/// call has returned.
/// </remarks>
public interface IModel : IDisposable
{
    /// <summary>The number of components of a vector.</summary>
    int Dimension { get; }

    /// <summary>Runs the model over one batch, pooled and normalised as the model says.</summary>
    /// <param name="batch">The tokens; read only during the call.</param>
    /// <param name="vectors">Where the vectors go, row-major: <c>batch.Rows × Dimension</c>.</param>
    /// <exception cref="ModelCallException">This call failed; a smaller one may work.</exception>
    void Run(TokenBatch batch, Span<float> vectors);
}

/// <summary>A call of a model failed: the batch is too large for it, or one of its texts is.</summary>
/// <param name="message">What the runtime said, without any text.</param>
/// <param name="inner">The runtime's own exception.</param>
public sealed class ModelCallException(string message, Exception? inner = null) : Exception(message, inner);
