using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;

namespace IngestEmbeddings.Encoding;

/// <summary>
/// Validates every vector before it is written: its dimension, that each component is finite, and its length when the
/// model normalises.
/// </summary>
/// <remarks>
/// Safe for use by several threads. A bad vector now and then is a failed row; more than ten in a thousand mean that the model
/// itself is broken, and then the run should stop before the whole table has failed.
/// </remarks>
/// <param name="encoder">What the vectors should be.</param>
public sealed class VectorValidator(EncoderDescription encoder)
{
    /// <summary>How far from 1 the length of a vector may be when the model normalises.</summary>
    public const float NormTolerance = 1e-3f;

    /// <summary>Vectors that are judged together.</summary>
    internal const int Sample = 1000;

    /// <summary>The bad vectors that a sample may have: 1 %.</summary>
    internal const int MaxBad = Sample / 100;

    private readonly Lock _lock = new();
    private int _seen;
    private int _bad;
    private string? _verdict;

    /// <summary>Validates one vector and counts it.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="reason">Why it must not be written, without anything of the row; null when it may.</param>
    /// <returns>True when the vector may be written.</returns>
    public bool TryAccept(ReadOnlySpan<float> vector, [NotNullWhen(false)] out string? reason)
    {
        reason = Fault(vector);
        lock (_lock)
        {
            if (_seen == Sample)
            {
                _seen = 0;
                _bad = 0;
            }

            _seen++;
            if (reason is not null && ++_bad > MaxBad)
            {
                _verdict ??= reason;
            }
        }

        return reason is null;
    }

    /// <summary>Stops the run once more than ten of a thousand vectors were bad. To be called after each window.</summary>
    /// <exception cref="IngestException">Too many vectors were bad.</exception>
    public void ThrowIfTooMany()
    {
        string? verdict;
        lock (_lock)
        {
            verdict = _verdict;
        }

        if (verdict is not null)
        {
            throw new IngestException(
                IngestError.Data,
                $"More than {MaxBad} of {Sample} vectors of {encoder.Model} are bad; one of them: {verdict}. "
                + "Nothing bad was written. Check the model's folder with 'ingest-embeddings model info', or try another precision.");
        }
    }

    private string? Fault(ReadOnlySpan<float> vector)
    {
        if (vector.Length != encoder.Dimension)
        {
            return $"the vector has {vector.Length} components, not {encoder.Dimension}";
        }

        // A NaN or an infinity anywhere makes the sum of squares one too, so one pass answers both questions. Finite
        // components can overflow it as well, but only beyond 1e19, which no model means.
        var squares = TensorPrimitives.SumOfSquares(vector);
        if (!float.IsFinite(squares))
        {
            return "the vector has a component that is not a finite number";
        }

        if (squares == 0)
        {
            return "the vector is zero";
        }

        var norm = MathF.Sqrt(squares);
        return encoder.Normalized && MathF.Abs(norm - 1) > NormTolerance
            ? FormattableString.Invariant($"the vector has length {norm:0.####}, not 1")
            : null;
    }
}
