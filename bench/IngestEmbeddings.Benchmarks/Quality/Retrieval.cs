using System.Numerics.Tensors;

namespace IngestEmbeddings.Benchmarks.Quality;

/// <summary>How well a search finds the one right answer of each query, with 95 % bootstrap intervals.</summary>
/// <param name="Ranks">The place of the right answer of each query, from 1.</param>
internal sealed record Retrieval(int[] Ranks)
{
    private const int Resamples = 1000;

    /// <summary>Searches answers for queries, of which each has the answer of its own number.</summary>
    public static Retrieval Of(float[][] queries, float[][] answers) => Of(queries, answers, [.. Enumerable.Range(0, queries.Length)]);

    /// <summary>Searches answers for queries, of which each has the answer at a place.</summary>
    public static Retrieval Of(float[][] queries, float[][] answers, int[] places) => new(
        [.. Enumerable.Range(0, queries.Length).AsParallel().AsOrdered().Select(query =>
        {
            var right = TensorPrimitives.Dot<float>(queries[query], answers[places[query]]);
            return 1 + answers.Index().Count(answer => answer.Index != places[query] && TensorPrimitives.Dot<float>(queries[query], answer.Item) >= right);
        })]);

    /// <summary>The mean reciprocal rank.</summary>
    public double Mrr => Ranks.Average(static rank => 1.0 / rank);

    public override string ToString() => FormattableString.Invariant(
        $"recall@1 {Show(static rank => rank == 1 ? 1 : 0)}  recall@10 {Show(static rank => rank <= 10 ? 1 : 0)}  MRR {Show(static rank => 1.0 / rank)}");

    private string Show(Func<int, double> score)
    {
        var scores = Array.ConvertAll(Ranks, rank => score(rank));
        var random = new Random(1);
        var means = Enumerable.Range(0, Resamples)
            .Select(_ => Enumerable.Range(0, scores.Length).Average(_ => scores[random.Next(scores.Length)]))
            .Order()
            .ToArray();
        return FormattableString.Invariant($"{scores.Average():0.0000} [{means[Resamples / 40]:0.0000}, {means[^(Resamples / 40)]:0.0000}]");
    }
}
