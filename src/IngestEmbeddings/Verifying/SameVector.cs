using System.Numerics.Tensors;

namespace IngestEmbeddings.Verifying;

/// <summary>Tells whether a stored vector is the one that a model makes of a text.</summary>
internal static class SameVector
{
    // The same model on another processor, or in half precision, comes nearer than that; another text seldom does.
    private const double LeastCosine = 0.99;
    private const double LeastSigns = 0.97;

    /// <summary>True when the two are the same, as far as precision and processor leave it so.</summary>
    public static bool Is(ReadOnlySpan<float> made, ReadOnlySpan<float> stored) =>
        made.Length == stored.Length && Likeness(made, stored) >= (IsOfSigns(stored) ? LeastSigns : LeastCosine);

    /// <summary>The cosine of two vectors of one length; where only signs are stored, the share of those that are equal.</summary>
    public static double Likeness(ReadOnlySpan<float> made, ReadOnlySpan<float> stored)
    {
        if (!IsOfSigns(stored))
        {
            return TensorPrimitives.CosineSimilarity(made, stored);
        }

        var same = 0;
        for (var i = 0; i < made.Length; i++)
        {
            same += made[i] > 0 == stored[i] > 0 ? 1 : 0;
        }

        return (double)same / made.Length;
    }

    private static bool IsOfSigns(ReadOnlySpan<float> stored) => !stored.ContainsAnyExcept(1f, -1f);
}
