using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Onnx.Quantizing;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>
/// Measures everything in turns, again and again, so that what else the machine does meets all alike, and prints ratios of
/// medians. Rates differ from machine to machine and from hour to hour; ratios hold.
/// </summary>
internal static class RatioTable
{
    public static async Task<int> RunAsync(string folder, string textsFile, RatioOptions how)
    {
        var wholeTexts = TextFile.Read(textsFile, how.WholeTexts);
        string[] texts = [.. wholeTexts.Where((_, i) => i % (how.WholeTexts / how.Texts) == 0)];
        using var ceiling = new BareLoop(Path.Combine(folder, "onnx", ModelQuantizer.FileName), how);
        await using var one = new EncoderLoop(folder, "int8", workers: 1, threads: 1);
        await using var two = new EncoderLoop(folder, "int8", workers: 2, threads: 1);
        await using var wide = new EncoderLoop(folder, "int8", workers: 1, threads: 2);
        await using var exact = new EncoderLoop(folder, "fp32", workers: 2, threads: 1);
        await using var database = await BenchmarkDatabase.CreateAsync();
        var whole = new WholeRun(database.Store, two.Encoder, workers: 2);
        // The peer gets the texts as our encoder gives them to the model.
        using var peer = how.Peer is null ? null : await Peer.StartAsync(
            how.Peer, folder, [.. texts.Where((_, i) => i % (how.Texts / how.PeerTexts) == 0).Select(text => two.Encoder.Description.DocumentPrompt + text)]);

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

        for (var round = 1; round <= how.Rounds; round++)
        {
            Console.Error.WriteLine($"Round {round} of {how.Rounds}");
            await MeasureAsync("ceiling", () => Task.FromResult(ceiling.Measure(2)));
            var (seconds, tokens) = await whole.MeasureAsync(wholeTexts);
            Note("whole", tokens / seconds);
            Note("whole rows", wholeTexts.Length / seconds);
            if (peer is not null)
            {
                Note("peer rows", await peer.MeasureAsync());
            }

            await MeasureAsync("2 x 1", () => two.MeasureAsync(texts));
            Note("1 x 1", await one.MeasureAsync(texts));
            Note("1 x 2", await wide.MeasureAsync(texts));
            await MeasureAsync("fp32 2 x 1", () => exact.MeasureAsync(texts));
        }

        double Median(string name) => rates[name].Order().ElementAt(rates[name].Count / 2);
        Console.WriteLine($"{wholeTexts.Length} texts in the whole run, {texts.Length} in the encoder alone, {how.Rounds} rounds; best bare batch {ceiling.BestShape}, "
            + $"{(peer is null ? "" : $"best batch of transformers.js {peer.BestBatch}, ")}token budget {two.Encoder.Budget.Tokens}");
        Console.WriteLine();
        Console.WriteLine("| measured | median |");
        Console.WriteLine("| --- | ---: |");
        foreach (var (name, unit) in new[]
        {
            ("ceiling", "tokens/s, bare loop, int8, 2 threads"), ("whole", "tokens/s, whole run into PostgreSQL, int8, 2 workers"),
            ("whole rows", "rows/s, whole run into PostgreSQL"), ("peer rows", "rows/s, transformers.js, int8"),
            ("2 x 1", "tokens/s, encoder, int8, 2 workers × 1 thread"), ("1 x 1", "tokens/s, encoder, int8, 1 worker × 1 thread"),
            ("1 x 2", "tokens/s, encoder, int8, 1 worker × 2 threads"), ("fp32 2 x 1", "tokens/s, encoder, fp32, 2 workers × 1 thread"),
        }.Where(line => rates.ContainsKey(line.Item1)))
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
        if (peer is not null)
        {
            Ratio("whole run / transformers.js, rows", Median("whole rows") / Median("peer rows"), 2.5);
        }

        Ratio("2 workers / 1 worker, one thread each", Median("2 x 1") / Median("1 x 1"), 1.85);
        Ratio("2 workers × 1 thread / 1 worker × 2 threads", Median("2 x 1") / Median("1 x 2"), 1.25);
        Ratio("int8 / fp32", Median("2 x 1") / Median("fp32 2 x 1"), 2.5);
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"By processor time: encoder / bare loop {Median("2 x 1 cpu") / Median("ceiling cpu"):0.00}, int8 / fp32 {Median("2 x 1 cpu") / Median("fp32 2 x 1 cpu"):0.00}."));
        return held ? 0 : 6;
    }
}
