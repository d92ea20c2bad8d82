using System.Numerics.Tensors;

namespace IngestEmbeddings.Encoding;

/// <summary>Makes one vector of those of the windows of a text.</summary>
internal static class WindowMean
{
    /// <summary>Writes the mean, weighted by tokens. The windows are added in their order, so that the bits depend on the text alone.</summary>
    /// <param name="windows">The vectors of all windows.</param>
    /// <param name="first">The first window of the text.</param>
    /// <param name="weights">The tokens of each of its windows.</param>
    /// <param name="normalizes">True to scale the mean to length 1.</param>
    /// <param name="vector">Where it goes.</param>
    public static void Write(VectorBlock windows, int first, IReadOnlyList<int> weights, bool normalizes, Span<float> vector)
    {
        vector.Clear();
        for (var window = 0; window < weights.Count; window++)
        {
            TensorPrimitives.MultiplyAdd(windows.Row(first + window), weights[window], vector, vector);
        }

        var divisor = normalizes ? Length(vector) : weights.Sum();
        // A mean of length 0 has no direction: it is left, and refused where vectors are validated.
        if (divisor > 0)
        {
            TensorPrimitives.Divide(vector, (float)divisor, vector);
        }
    }

    // One by one: how a vectorised sum is grouped may depend on where the array lies.
    private static double Length(ReadOnlySpan<float> vector)
    {
        var sum = 0.0;
        foreach (var component in vector)
        {
            sum += (double)component * component;
        }

        return Math.Sqrt(sum);
    }
}
