using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using IngestEmbeddings.Benchmarks;
using IngestEmbeddings.CheckGpu;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Devices;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var model = args is [var named, ..] ? named : "artifacts/models/all-MiniLM-L6-v2";
try
{
    var device = ComputeDevice.Find(DeviceName.FirstCuda);
    Console.WriteLine($"{device.Name}: {device.Detail}; {Environment.ProcessorCount} processors; {Path.GetFileName(model)}");
}
catch (IngestException missing)
{
    Console.WriteLine($"Nothing was checked. {missing.Message}");
    return 0;
}

string[] texts = [.. ShortTexts.Of("english").Take(200), .. ShortTexts.Of("mixed").Take(50), .. Lengths.Of(300, 128).Take(20), .. Lengths.Of(300, 512).Take(5)];
var failures = 0;

// The same texts on the processor, in fp32.
await using (var reference = Load(DeviceName.Cpu, "fp32"))
{
    var expected = await Encode(reference, texts);
    Console.WriteLine("\n| on the GPU, against fp32 on the processor | worst cosine | largest difference of a component | alone against in company | bound |\n| --- | ---: | ---: | ---: | --- |");
    foreach (var (precision, least) in new[] { ("fp32", 0.999999f), ("fp16", 0.9998f), ("auto", 0.9998f) })
    {
        await using var encoder = Load(DeviceName.FirstCuda, precision);
        var actual = await Encode(encoder, texts);
        var worst = expected.Zip(actual).Min(static pair => TensorPrimitives.CosineSimilarity(pair.First, pair.Second));
        var difference = expected.Zip(actual).Max(static pair => pair.First.Zip(pair.Second).Max(static numbers => MathF.Abs(numbers.First - numbers.Second)));
        var alone = await Task.WhenAll(texts.Take(100).Select(async text => (await Encode(encoder, [text]))[0]));
        var company = alone.Zip(actual).Min(static pair => TensorPrimitives.CosineSimilarity(pair.First, pair.Second));
        Report(worst >= least && company >= least, $"| {precision}{(precision == "auto" ? $", which took {encoder.Description.Precision}" : "")} | {worst:0.0000000} | {difference:0.0e+00} | {company:0.0000000} | ≥ {least} |");
    }
}

// Speed: what a worker does is what the run does, calls of windows of 500 texts.
Console.WriteLine("\n| precision | tokens of a text | budget, cost of a call | tokens/s at 1 worker | 2 workers | 4 workers |\n| --- | ---: | ---: | ---: | ---: | ---: |");
foreach (var precision in new[] { "fp16", "fp32" })
{
    await using var encoder = Load(DeviceName.FirstCuda, precision);
    foreach (var length in new[] { 12, 32, 128, 256, Lengths.Mixed })
    {
        var window = Lengths.Of(500, length);
        var rates = new List<double>();
        foreach (var workers in new[] { 1, 2, 4 })
        {
            rates.Add(await Rate(encoder, window, workers));
        }

        Console.WriteLine($"| {precision} | {(length == Lengths.Mixed ? "3 to 40" : length)} | {encoder.Budget.Tokens}, {encoder.Budget.CallCost} | {string.Join(" | ", rates.Select(static rate => rate.ToString("N0")))} |");
    }
}

// Less memory than the budget asks for: halved, said once, and the same vectors.
var told = new List<string>();
var longTexts = Lengths.Of(400, 256);
await using (var plenty = Load(DeviceName.FirstCuda, "fp32"))
await using (var little = OnnxEncoderFactory.Create(new OnnxEncoderOptions
{
    Model = model, Device = DeviceName.FirstCuda, Precision = "fp32", TokenBudget = 100_000, DeviceMemory = 400 << 20, Observer = new Listener(told),
}))
{
    var expected = await Encode(plenty, longTexts);
    var actual = await Encode(little, longTexts);
    actual = await Encode(little, longTexts);
    var worst = expected.Zip(actual).Min(static pair => TensorPrimitives.CosineSimilarity(pair.First, pair.Second));
    Console.WriteLine("\n| with 400 MB and a budget of 100,000 tokens | |\n| --- | ---: |");
    Report(told.Count == 1, $"| times that it said so | {told.Count} |");
    Report(little.Budget.RowsOf(256) < 100_000 / 256, $"| texts of 256 tokens in a call afterwards | {little.Budget.RowsOf(256)} |");
    Report(worst >= 0.999999f, $"| worst cosine to vectors made with all of the memory | {worst:0.0000000} |");
    Console.WriteLine(told.FirstOrDefault());
}

Console.WriteLine(failures == 0 ? "\nEvery bound is met." : $"\n{failures} bounds are not met.");
return failures == 0 ? 0 : 1;

ModelEncoder Load(string device, string precision) => OnnxEncoderFactory.Create(new OnnxEncoderOptions
{
    Model = model, Device = device, Precision = precision, Prefix = "", Threads = device == DeviceName.Cpu ? Math.Max(1, Environment.ProcessorCount / 4) : 1,
});

void Report(bool met, string line)
{
    failures += met ? 0 : 1;
    Console.WriteLine(line + (met ? "" : " **not met**"));
}

static async Task<float[][]> Encode(ModelEncoder encoder, IReadOnlyList<string> texts)
{
    using var block = new VectorBlock(texts.Count, encoder.Description.Dimension);
    await encoder.EncodeAsync(texts, TextRole.Document, block, CancellationToken.None);
    return [.. Enumerable.Range(0, texts.Count).Select(i => block.IsEncoded(i) ? block.Row(i).ToArray() : throw new InvalidOperationException(block.Failure(i)))];
}

// The best of three times 0.7 seconds.
static async Task<double> Rate(ModelEncoder encoder, string[] window, int workers)
{
    var best = 0.0;
    for (var round = 0; round < 3; round++)
    {
        var (before, started) = (encoder.Counters.Tokens, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, workers).Select(async _ =>
        {
            do
            {
                using var block = new VectorBlock(window.Length, encoder.Description.Dimension);
                await encoder.EncodeAsync(window, TextRole.Document, block, CancellationToken.None);
            }
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < 0.7);
        }));
        best = Math.Max(best, (encoder.Counters.Tokens - before) / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    return best;
}
