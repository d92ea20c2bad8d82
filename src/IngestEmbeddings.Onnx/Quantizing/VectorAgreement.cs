using System.Numerics.Tensors;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>How well two models agree on the same texts.</summary>
/// <param name="Texts">How many texts were compared.</param>
/// <param name="MeanCosine">The average cosine between the two vectors of a text.</param>
/// <param name="P1Cosine">The cosine that 99 of 100 texts reach.</param>
/// <param name="WorstCosine">The smallest cosine.</param>
/// <param name="Top10">
/// The share of the ten nearest texts of each text, by the first model, that are among its ten nearest by the second; null
/// with fewer than 20 texts.
/// </param>
public sealed record VectorAgreement(int Texts, double MeanCosine, double P1Cosine, double WorstCosine, double? Top10)
{
    private const int Nearest = 10;

    /// <summary>Compares two lists of vectors, text by text. The search costs texts² × dimension.</summary>
    public static VectorAgreement Of(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var cosines = first.Zip(second, static (a, b) => (double)TensorPrimitives.CosineSimilarity<float>(a, b)).Order().ToArray();
        return new VectorAgreement(
            cosines.Length,
            cosines.Average(),
            cosines[cosines.Length / 100],
            cosines[0],
            cosines.Length < 2 * Nearest ? null : Overlap(first, second));
    }

    private static double Overlap(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second) =>
        Enumerable.Range(0, first.Count)
            .AsParallel()
            .Average(text => NearestOf(first, text).Intersect(NearestOf(second, text)).Count() / (double)Nearest);

    private static int[] NearestOf(IReadOnlyList<float[]> vectors, int text)
    {
        var order = Enumerable.Range(0, vectors.Count).ToArray();
        var distances = Array.ConvertAll(order, other =>
            other == text ? float.MaxValue : -TensorPrimitives.CosineSimilarity<float>(vectors[text], vectors[other]));
        Array.Sort(distances, order);
        return order[..Nearest];
    }
}
