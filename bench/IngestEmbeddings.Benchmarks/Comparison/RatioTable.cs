using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>
/// Measures everything in turns, again and again, so that what else the machine does meets all alike, and prints ratios of
/// medians. Rates differ from machine to machine and from hour to hour; ratios hold.
/// </summary>
internal static class RatioTable
{
    private const int Texts = 6000;

    /// <summary>The whole run gets more: at its end one worker waits for the other, for half a window on average.</summary>
    private const int WholeTexts = 12000;

    /// <summary>The peer's rate does not depend on how many texts it gets, and it is slow.</summary>
    private const int PeerTexts = 1500;

    private static readonly int[] PeerBatches = [1, 8, 16, 32, 64];

    public static async Task<int> RunAsync(string folder, string textsFile, string peerScript, int rounds)
    {
        var wholeTexts = TextFile.Read(textsFile, WholeTexts);
        string[] texts = [.. wholeTexts.Where(static (_, i) => i % (WholeTexts / Texts) == 0)];
        using var ceiling = new BareLoop(Path.Combine(folder, "onnx", ModelQuantizer.FileName));
        await using var one = new EncoderLoop(folder, "int8", workers: 1, threads: 1);
        await using var two = new EncoderLoop(folder, "int8", workers: 2, threads: 1);
        await using var wide = new EncoderLoop(folder, "int8", workers: 1, threads: 2);
        await using var exact = new EncoderLoop(folder, "fp32", workers: 2, threads: 1);
        await using var database = await BenchmarkDatabase.CreateAsync();
        var whole = new WholeRun(database.Store, two.Encoder, workers: 2);
        using var peer = new Child(peerScript, folder);

        // The peer gets the texts as our encoder gives them to the model.
        string[] peerTexts = [.. texts.Where(static (_, i) => i % (Texts / PeerTexts) == 0).Select(text => two.Encoder.Description.Prefix + text)];
        var list = Path.GetTempFileName();
        await File.WriteAllTextAsync(list, JsonSerializer.Serialize(peerTexts));
        var batch = await BestPeerBatchAsync(peer, peerTexts);

        var rates = new SortedDictionary<string, List<double>>(StringComparer.Ordinal);
        void Note(string name, double rate)
        {
            rates.TryAdd(name, []);
            rates[name].Add(rate);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-15} {rate:0}"));
        }

        // The rate for each second of processor time too: it holds on a machine that does other things as well.
        async Task MeasureAsync(string name, Func<Task<double>> measure)
        {
            using var process = Process.GetCurrentProcess();
            var (start, used) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
            var rate = await measure();
            var elapsed = Stopwatch.GetElapsedTime(start);
            process.Refresh();
            Note(name, rate);
            Note(name + " cpu", rate * (elapsed / (process.TotalProcessorTime - used)));
        }

        for (var round = 1; round <= rounds; round++)
        {
            Console.Error.WriteLine($"Round {round} of {rounds}");
            await MeasureAsync("ceiling", () => Task.FromResult(ceiling.Measure(2)));
            var (seconds, tokens) = await whole.MeasureAsync(wholeTexts);
            Note("whole", tokens / seconds);
            Note("whole rows", wholeTexts.Length / seconds);
            Note("peer rows", peerTexts.Length / await PeerSecondsAsync(peer, batch, list));
            await MeasureAsync("2 x 1", () => two.MeasureAsync(texts));
            Note("1 x 1", await one.MeasureAsync(texts));
            Note("1 x 2", await wide.MeasureAsync(texts));
            await MeasureAsync("fp32 2 x 1", () => exact.MeasureAsync(texts));
        }

        File.Delete(list);
        double Median(string name) => rates[name].Order().ElementAt(rates[name].Count / 2);
        Console.WriteLine($"{wholeTexts.Length} texts in the whole run, {texts.Length} in the encoder alone, {rounds} rounds; best bare batch {ceiling.BestShape}, best batch of transformers.js {batch}, "
            + $"token budget {two.Encoder.Budget.Tokens}");
        Console.WriteLine();
        Console.WriteLine("| measured | median |");
        Console.WriteLine("| --- | ---: |");
        foreach (var (name, unit) in new[]
        {
            ("ceiling", "tokens/s, bare loop, int8, 2 threads"), ("whole", "tokens/s, whole run into PostgreSQL, int8, 2 workers"),
            ("whole rows", "rows/s, whole run into PostgreSQL"), ("peer rows", "rows/s, transformers.js, int8"),
            ("2 x 1", "tokens/s, encoder, int8, 2 workers × 1 thread"), ("1 x 1", "tokens/s, encoder, int8, 1 worker × 1 thread"),
            ("1 x 2", "tokens/s, encoder, int8, 1 worker × 2 threads"), ("fp32 2 x 1", "tokens/s, encoder, fp32, 2 workers × 1 thread"),
        })
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {unit} | {Median(name):0} |"));
        }

        Console.WriteLine();
        Console.WriteLine("| ratio | measured | wanted |");
        Console.WriteLine("| --- | ---: | ---: |");
        var held = true;
        void Ratio(string what, double ratio, double wanted)
        {
            held &= ratio >= wanted;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {ratio:0.00} | {wanted:0.00} |"));
        }

        Ratio("whole run / bare loop", Median("whole") / Median("ceiling"), 0.80);
        Ratio("whole run / transformers.js, rows", Median("whole rows") / Median("peer rows"), 2.5);
        Ratio("2 workers / 1 worker, one thread each", Median("2 x 1") / Median("1 x 1"), 1.85);
        Ratio("2 workers × 1 thread / 1 worker × 2 threads", Median("2 x 1") / Median("1 x 2"), 1.25);
        Ratio("int8 / fp32", Median("2 x 1") / Median("fp32 2 x 1"), 2.5);
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"By processor time: encoder / bare loop {Median("2 x 1 cpu") / Median("ceiling cpu"):0.00}, int8 / fp32 {Median("2 x 1 cpu") / Median("fp32 2 x 1 cpu"):0.00}."));
        return held ? 0 : 6;
    }

    private static async Task<int> BestPeerBatchAsync(Child peer, string[] texts)
    {
        var few = Path.GetTempFileName();
        await File.WriteAllTextAsync(few, JsonSerializer.Serialize(texts.Take(512)));
        await PeerSecondsAsync(peer, 32, few);
        var seconds = new List<double>();
        foreach (var batch in PeerBatches)
        {
            seconds.Add(await PeerSecondsAsync(peer, batch, few));
        }

        File.Delete(few);
        return PeerBatches[seconds.IndexOf(seconds.Min())];
    }

    private static async Task<double> PeerSecondsAsync(Child peer, int batch, string list) =>
        double.Parse(await peer.AskAsync($"int8\t{batch}\t{list}"), CultureInfo.InvariantCulture);
}
