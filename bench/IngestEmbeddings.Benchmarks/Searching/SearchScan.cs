using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Benchmarks.Searching;

/// <summary>A search of the embedded store against a bare loop of inner products over the same vectors in one array.</summary>
internal static class SearchScan
{
    private const int Dimension = 384;

    // About what a gloss of WordNet has.
    private const string Text = "a text of about as many characters as a gloss has, which lies next to its vector";

    public static async Task<int> RunAsync(int rows, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("ingest-bench-");
        try
        {
            var file = Path.Combine(folder.FullName, "search.db");
            var vectors = new float[rows * Dimension];
            var random = new Random(1);
            for (var i = 0; i < vectors.Length; i++)
            {
                vectors[i] = (random.NextSingle() - 0.5f) / 5;
            }

            await using var store = await SqliteStore.OpenAsync(file, CancellationToken.None);
            var request = new TableRequest { Table = "glosses" };
            await store.InitAsync(new InitRequest { Table = request, Dimension = Dimension }, CancellationToken.None);
            Fill(file, vectors);
            var table = await store.OpenTableAsync(request, CancellationToken.None);
            var query = vectors.AsMemory(0, Dimension);

            // Both keep the best ten; the first round of each is not counted.
            var bare = new List<double>();
            var parallel = new List<double>();
            var search = new List<double>();
            for (var round = 0; round <= rounds; round++)
            {
                bare.Add(Seconds(() => Best(vectors, query.Span, 0, rows)));
                parallel.Add(Seconds(() => Parallel.For(0, Environment.ProcessorCount, part => Best(
                    vectors,
                    query.Span,
                    (int)((long)rows * part / Environment.ProcessorCount),
                    (int)((long)rows * (part + 1) / Environment.ProcessorCount)))));
                var started = Stopwatch.GetTimestamp();
                var found = await table.Search.FindAsync(new NearestQuery(query) { Normalized = true }, CancellationToken.None);
                search.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
                if (found.Rows[0].Key[0] != "1")
                {
                    throw new InvalidOperationException("The vector of row 1 is not nearest to itself.");
                }
            }

            var bytes = (double)rows * Dimension * sizeof(float);
            Console.WriteLine(FormattableString.Invariant($"{rows} vectors of {Dimension}, {bytes / 1e6:0} MB, medians of {rounds}"));
            Show("bare loop, one thread", bare, bytes, bare);
            Show($"bare loop, {Environment.ProcessorCount} threads", parallel, bytes, bare);
            Show("search", search, bytes, bare);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static NearestRows<int> Best(float[] vectors, ReadOnlySpan<float> query, int from, int to)
    {
        var nearest = new NearestRows<int>(10);
        for (var row = from; row < to; row++)
        {
            var score = TensorPrimitives.Dot(query, vectors.AsSpan(row * Dimension, Dimension));
            if (score > nearest.Threshold)
            {
                nearest.Offer(score, row, row);
            }
        }

        return nearest;
    }

    private static double Seconds(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Show(string what, List<double> seconds, double bytes, List<double> bare)
    {
        var time = Median(seconds);
        Console.WriteLine(FormattableString.Invariant(
            $"{what,-22} {time * 1000,7:0.0} ms  {bytes / time / 1e9,5:0.0} GB/s  {Median(bare) / time,5:0.00} of the bare loop"));
    }

    private static double Median(List<double> seconds) => seconds.Skip(1).Order().ElementAt((seconds.Count - 1) / 2);

    private static void Fill(string file, float[] vectors)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var command = new SqliteCommand("INSERT INTO glosses(id, text, embedding) VALUES (@id, @text, @vector)", connection, transaction);
        command.Parameters.AddWithValue("@id", 0);
        command.Parameters.AddWithValue("@text", Text);
        command.Parameters.AddWithValue("@vector", DBNull.Value);
        for (var row = 0; row < vectors.Length / Dimension; row++)
        {
            command.Parameters["@id"].Value = row + 1;
            command.Parameters["@vector"].Value = MemoryMarshal.AsBytes(vectors.AsSpan(row * Dimension, Dimension)).ToArray();
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }
}
