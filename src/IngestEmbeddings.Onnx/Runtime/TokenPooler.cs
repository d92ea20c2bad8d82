using System.Numerics.Tensors;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Onnx.Runtime;

/// <summary>Turns the vectors of tokens into one vector a text.</summary>
internal static class TokenPooler
{
    /// <summary>Pools a batch.</summary>
    /// <param name="pooling">How.</param>
    /// <param name="tokens">The tokens' vectors, <c>rows × width × hidden</c>.</param>
    /// <param name="batch">The batch that they came from.</param>
    /// <param name="hidden">The components of a token's vector.</param>
    /// <param name="vectors">Where the texts' vectors go, <c>rows × dimension</c>; a smaller dimension takes the first components.</param>
    public static void Pool(Pooling pooling, ReadOnlySpan<float> tokens, TokenBatch batch, int hidden, Span<float> vectors)
    {
        var dimension = vectors.Length / batch.Rows;
        for (var row = 0; row < batch.Rows; row++)
        {
            var length = batch.Lengths[row];
            var text = tokens.Slice(row * batch.SequenceLength * hidden, length * hidden);
            var vector = vectors.Slice(row * dimension, dimension);
            switch (pooling)
            {
                case Pooling.Mean:
                    vector.Clear();
                    for (var token = 0; token < length; token++)
                    {
                        TensorPrimitives.Add(vector, text.Slice(token * hidden, dimension), vector);
                    }

                    TensorPrimitives.Divide(vector, length, vector);
                    break;
                case Pooling.Max:
                    text[..dimension].CopyTo(vector);
                    for (var token = 1; token < length; token++)
                    {
                        TensorPrimitives.Max(vector, text.Slice(token * hidden, dimension), vector);
                    }

                    break;
                case Pooling.Cls:
                    text[..dimension].CopyTo(vector);
                    break;
                case Pooling.LastToken:
                    text.Slice((length - 1) * hidden, dimension).CopyTo(vector);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(pooling), pooling, "Not a pooling.");
            }
        }
    }

    /// <summary>
    /// Scales each vector to length 1. A zero vector becomes NaN, whose row then fails. The sum is in order and in double
    /// precision: a vectorized one depends on where in memory the vector begins.
    /// </summary>
    public static void Normalize(Span<float> vectors, int dimension)
    {
        for (; vectors.Length > 0; vectors = vectors[dimension..])
        {
            var vector = vectors[..dimension];
            var sum = 0.0;
            foreach (var value in vector)
            {
                sum += (double)value * value;
            }

            TensorPrimitives.Divide(vector, (float)Math.Sqrt(sum), vector);
        }
    }
}
