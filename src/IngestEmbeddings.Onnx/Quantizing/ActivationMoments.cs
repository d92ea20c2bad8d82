using System.Numerics.Tensors;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>
/// How the activations that a product reads vary together: <c>Xᵀ·X</c> over sample rows, where an error of one weight can be
/// made up for by others.
/// </summary>
/// <param name="width">Values of a row.</param>
internal sealed class ActivationMoments(int width)
{
    /// <summary>Rows of the result that are worked on together: they stay in the second-level cache over all samples.</summary>
    private const int BlockRows = 64;

    private readonly float[] _sums = new float[checked(width * width)];

    public int Width => width;

    /// <summary>The sum of the products of two columns.</summary>
    public float this[int row, int column] => row <= column ? _sums[(row * width) + column] : _sums[(column * width) + row];

    /// <summary>Adds sample rows.</summary>
    /// <param name="samples">Rows one after the other.</param>
    /// <param name="threads">Threads to use, at least 1.</param>
    public void Add(ReadOnlyMemory<float> samples, int threads) =>
        Parallel.For(0, (width + BlockRows - 1) / BlockRows, new ParallelOptions { MaxDegreeOfParallelism = threads }, block =>
        {
            for (var rows = samples.Span; rows.Length > 0; rows = rows[width..])
            {
                for (var i = block * BlockRows; i < Math.Min(width, (block + 1) * BlockRows); i++)
                {
                    var target = _sums.AsSpan((i * width) + i, width - i);
                    TensorPrimitives.MultiplyAdd(rows[i..width], rows[i], target, target);
                }
            }
        });
}
