using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;

// Times one encoder, or two that alternate: compare ROUNDS NOW.dll FORMER.dll NOW-MODEL FORMER-MODEL
return args switch
{
    ["compare", var rounds, .. var rest] => await Comparison.RunAsync(int.Parse(rounds, CultureInfo.InvariantCulture), rest),
    [var model] => await Timing.RunAsync(model),
    _ => 2,
};

/// <summary>One version: for each line "texts tokens milliseconds" of its input, the shortest time of a call in milliseconds.</summary>
internal static class Timing
{
    // Each of these words is one token of an English vocabulary.
    private static readonly string[] Words =
        "time year people way day man thing woman life child world school state family student group country problem hand part place case week".Split(' ');

    public static async Task<int> RunAsync(string model)
    {
        var encoder = OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = model, Precision = "int8", Threads = 1, TokenBudget = 1024 });
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            var numbers = line.Split(' ').Select(static number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
            Console.WriteLine((await MeasureAsync(encoder, numbers[0], numbers[1], numbers[2])).ToString("0.000", CultureInfo.InvariantCulture));
        }

        await encoder.DisposeAsync();
        return 0;
    }

    private static async Task<double> MeasureAsync(ModelEncoder encoder, int texts, int tokens, int milliseconds)
    {
        var random = new Random(5);
        var shortest = double.MaxValue;
        var started = Stopwatch.GetTimestamp();
        for (var calls = 0; calls < 2 || Stopwatch.GetElapsedTime(started).TotalMilliseconds < milliseconds; calls++)
        {
            string[] batch = [.. Enumerable.Range(0, texts).Select(_ => string.Join(' ', Enumerable.Range(0, tokens - 2).Select(_ => Words[random.Next(Words.Length)])))];
            var vectors = new VectorBlock(texts, encoder.Description.Dimension);
            var call = Stopwatch.GetTimestamp();
#if FORMER
            await encoder.EncodeAsync(batch, vectors, CancellationToken.None);
#else
            await encoder.EncodeAsync(batch, TextRole.Document, vectors, CancellationToken.None);
#endif
            shortest = Math.Min(shortest, Stopwatch.GetElapsedTime(call).TotalMilliseconds);
        }

        return shortest;
    }
}

/// <summary>Two versions by turns; prints the median of the ratios of neighbouring calls.</summary>
internal static class Comparison
{
    private const int Milliseconds = 250;

    private static readonly (int Texts, int Tokens)[] Shapes = [(32, 12), (8, 32), (2, 128), (1, 256), (1, 512)];

    public static async Task<int> RunAsync(int rounds, string[] arguments)
    {
        using var now = Start(arguments[0], arguments[2]);
        using var former = Start(arguments[1], arguments[3]);
        Process[] processes = [now, former];
        await Task.WhenAll(processes.Select(static process => process.StandardOutput.ReadLineAsync()));
        foreach (var (texts, tokens) in Shapes)
        {
            var ratios = new List<double>();
            for (var round = -1; round < rounds; round++)
            {
                var times = new double[2];
                foreach (var (index, process) in processes.Index())
                {
                    await process.StandardInput.WriteLineAsync($"{texts} {tokens} {Milliseconds}");
                    times[index] = double.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
                }

                // The first round warms both up.
                if (round >= 0)
                {
                    ratios.Add(times[1] / times[0]);
                }
            }

            ratios.Sort();
            Console.WriteLine(FormattableString.Invariant(
                $"| {texts} × {tokens} | {ratios[rounds / 2]:0.00} | {ratios[0]:0.00} to {ratios[^1]:0.00} |"));
        }

        Array.ForEach(processes, static process => process.StandardInput.Close());
        return 0;
    }

    private static Process Start(string program, string model) => Process.Start(
        new ProcessStartInfo("dotnet", [program, model]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
}
