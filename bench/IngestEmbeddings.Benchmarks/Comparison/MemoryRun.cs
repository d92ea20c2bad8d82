using System.Globalization;
using IngestEmbeddings.Onnx;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>Watches the resident memory of this process while two workers ingest many rows into PostgreSQL.</summary>
internal static class MemoryRun
{
    private const int Parts = 10;
    private const double AllowedMegabytes = 400;

    /// <summary>What counts as growth over the second half: less is the noise of a collector that runs when it likes.</summary>
    private const double Growth = 1.05;

    public static async Task<int> RunAsync(string folder, string textsFile, int rows)
    {
        var texts = TextFile.Read(textsFile, rows);
        await using var database = await BenchmarkDatabase.CreateAsync();
        await using var encoder = OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = folder });
        var whole = new WholeRun(database.Store, encoder, workers: 2);
        var peaks = new List<double>();
        Console.WriteLine($"{"rows",10} {"resident MB, peak of the part",30}");
        for (var part = 0; part < Parts; part++)
        {
            // Every part takes texts from the whole file: longer texts towards its end would look like growth.
            using var stop = new CancellationTokenSource();
            var watching = WatchAsync(stop.Token);
            await whole.MeasureAsync([.. Enumerable.Range(0, rows / Parts).Select(i => texts[((i * Parts) + part) % texts.Length])]);
            await stop.CancelAsync();
            peaks.Add(await watching);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(part + 1) * rows / Parts,10} {peaks[^1],30:0}"));
        }

        var graph = new FileInfo(Directory.EnumerateFiles(Path.Combine(folder, "onnx"), encoder.Description.Precision == "int8" ? "model_int8.onnx" : "model.onnx").Single());
        var limit = (graph.Length / 1e6) + AllowedMegabytes;
        var grew = peaks[(Parts / 2)..].Max() / peaks[..(Parts / 2)].Max();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"peak {peaks.Max():0} MB of {limit:0} MB allowed ({encoder.Description.Precision} graph {graph.Length / 1e6:0} MB + {AllowedMegabytes} MB); second half / first half {grew:0.00}"));
        return peaks.Max() <= limit && grew <= Growth ? 0 : 6;
    }

    private static async Task<double> WatchAsync(CancellationToken stop)
    {
        var peak = 0.0;
        while (!stop.IsCancellationRequested)
        {
            peak = Math.Max(peak, Environment.WorkingSet / 1e6);
            await Task.Delay(50, CancellationToken.None);
        }

        return peak;
    }
}
