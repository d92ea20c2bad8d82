using System.Numerics.Tensors;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>
/// Rounds weights one row after the other and spreads each row's error over the rows still to come, so that the product's
/// results change least on sample activations (GPTQ: Frantar et al. 2022, arXiv:2210.17323).
/// </summary>
internal sealed class CompensatedRounding
{
    /// <summary>What is added to the diagonal, as a share of its mean: with less, the samples are learned by heart.</summary>
    private const double Damping = 0.1;

    private const int BlockColumns = 32;

    private readonly int[] _order;
    private readonly float[] _inverse;
    private readonly ParallelOptions _parallel;

    /// <summary>Prepares the rounding of all weights that are multiplied by the same activations.</summary>
    /// <param name="moments">The activations.</param>
    /// <param name="threads">Threads to use, at least 1.</param>
    public CompensatedRounding(ActivationMoments moments, int threads)
    {
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        var depth = moments.Width;

        // Rows are done from the last to the first, so the largest activations, done first, have all others to help.
        _order = [.. Enumerable.Range(0, depth).OrderBy(i => moments[i, i])];
        var damping = Math.Max(1e-12, Damping * Enumerable.Range(0, depth).Average(i => (double)moments[i, i]));
        var factor = new double[checked(depth * depth)];
        for (var i = 0; i < depth; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                factor[(i * depth) + j] = moments[_order[i], _order[j]] + (i == j ? damping : 0);
            }
        }

        Factorize(factor, depth);
        _inverse = Invert(factor, depth);
    }

    /// <summary>Rounds weights.</summary>
    /// <param name="weights">The weights, <c>depth × columns</c>; not changed.</param>
    /// <param name="scales">What a level of each column is.</param>
    /// <returns>Levels of −127 … 127.</returns>
    public sbyte[] Round(ReadOnlySpan<float> weights, float[] scales)
    {
        var (depth, columns) = (_order.Length, scales.Length);
        var rest = weights.ToArray();
        var levels = new sbyte[rest.Length];
        Parallel.For(0, (columns + BlockColumns - 1) / BlockColumns, _parallel, block =>
        {
            var first = block * BlockColumns;
            var count = Math.Min(BlockColumns, columns - first);
            var errors = new float[count];
            for (var i = depth - 1; i >= 0; i--)
            {
                var row = (_order[i] * columns) + first;
                var spread = _inverse.AsSpan(i * depth, i + 1);
                for (var column = 0; column < count; column++)
                {
                    var (weight, scale) = (rest[row + column], scales[first + column]);
                    var level = ColumnQuantization.Level(weight, scale);
                    levels[row + column] = level;
                    errors[column] = ((level * scale) - weight) / spread[i];
                }

                for (var other = 0; other < i; other++)
                {
                    var target = rest.AsSpan((_order[other] * columns) + first, count);
                    TensorPrimitives.MultiplyAdd(errors, spread[other], target, target);
                }
            }
        });
        return levels;
    }

    /// <summary>Replaces the lower half of a positive definite matrix by its Cholesky factor.</summary>
    private void Factorize(double[] matrix, int size)
    {
        for (var j = 0; j < size; j++)
        {
            var done = matrix.AsMemory(j * size, j);
            var diagonal = Math.Sqrt(Math.Max(1e-300, matrix[(j * size) + j] - TensorPrimitives.SumOfSquares(done.Span)));
            matrix[(j * size) + j] = diagonal;
            var column = j;
            Parallel.For(j + 1, size, _parallel, i =>
                matrix[(i * size) + column] = (matrix[(i * size) + column]
                    - TensorPrimitives.Dot<double>(matrix.AsSpan(i * size, column), done.Span)) / diagonal);
        }
    }

    /// <summary>The inverse of a lower triangular matrix.</summary>
    private float[] Invert(double[] factor, int size)
    {
        var inverse = new float[factor.Length];
        Parallel.For(0, size, _parallel, j =>
        {
            var column = new double[size];
            column[j] = 1 / factor[(j * size) + j];
            inverse[(j * size) + j] = (float)column[j];
            for (var i = j + 1; i < size; i++)
            {
                column[i] = -TensorPrimitives.Dot<double>(factor.AsSpan((i * size) + j, i - j), column.AsSpan(j, i - j)) / factor[(i * size) + i];
                inverse[(i * size) + j] = (float)column[i];
            }
        });
        return inverse;
    }
}
