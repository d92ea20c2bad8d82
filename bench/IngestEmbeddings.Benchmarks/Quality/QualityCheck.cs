using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using IngestEmbeddings.Benchmarks.Comparison;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Quantizing;

namespace IngestEmbeddings.Benchmarks.Quality;

/// <summary>What int8 costs of a trained model's quality, against bounds.</summary>
internal static class QualityCheck
{
    private const int CalibrationTexts = 600;
    private const int Texts = 5500;
    private const int Synsets = 5000;
    private const int LongTexts = 1000;

    /// <summary>About 150 tokens.</summary>
    private const int LongLength = 700;
    private const int AloneTexts = 300;
    private const int WindowRows = 500;

    /// <summary>The least mean cosine; everything else is the same for all models.</summary>
    private static readonly Dictionary<string, double> LeastMean = new(StringComparer.Ordinal)
    {
        [RealModel.MiniLm.Name] = 0.9995,
        [RealModel.ArcticXs.Name] = 0.9998,
    };

    /// <summary>Checks the trained models.</summary>
    /// <param name="parent">Where their folders are, or go.</param>
    /// <param name="textsFile">The texts of <c>eng/wordnet-sentences</c>.</param>
    /// <param name="wordnet">WordNet's folder.</param>
    /// <param name="share">Of every so many texts one: 1 for all, more for a short form that measures nothing.</param>
    public static async Task<int> RunAsync(string parent, string textsFile, string wordnet, int share)
    {
        var all = TextFile.Read(textsFile, int.MaxValue);
        var calibration = Spread(all, CalibrationTexts / Math.Min(share, 4), 0);
        string[] texts = [.. Spread(all, (Texts + CalibrationTexts) / share, all.Length / Texts / 2).Except(calibration)];
        var longTexts = Enumerable.Range(0, LongTexts / share).Select(i => Long(all, (long)i * all.Length / LongTexts)).ToArray();
        var synsets = Synset.Read(wordnet, Synsets / share);
        var held = true;
        void Bound(string what, double value, double least)
        {
            held &= value >= least;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-58} {value,10:0.00000} {(value >= least ? "ok" : $"BELOW {least}")}"));
        }

        foreach (var model in RealModel.All)
        {
            var folder = model.Write(parent);
            Console.WriteLine(model.Name);
            var start = Stopwatch.GetTimestamp();
            var report = await ModelQuantizer.QuantizeAsync(
                folder, calibration, new QuantizationOptions { Threads = Environment.ProcessorCount, Force = true }, CancellationToken.None);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  quantized in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s: {report.CalibrationTokens} tokens of calibration, look-up tables {(report.EmbeddingsQuantized ? "in int8" : "in fp32")}, {report.TargetSize / 1e6:0.0} MB"));

            await using var exact = Open(folder, "fp32");
            await using var rough = Open(folder, "int8");
            var (exactVectors, roughVectors) = (await EncodeAsync(exact, texts), await EncodeAsync(rough, texts));
            var short1 = VectorAgreement.Of(exactVectors, roughVectors);
            var long1 = VectorAgreement.Of(await EncodeAsync(exact, longTexts), await EncodeAsync(rough, longTexts));
            Bound($"cosine to fp32 over {texts.Length} texts, mean", short1.MeanCosine, LeastMean[model.Name]);
            Bound("  p1", short1.P1Cosine, 0.999);
            Bound("  worst", short1.WorstCosine, 0);
            Bound("ten nearest the same", short1.Top10 ?? 1, 0.97);
            Bound($"  on {longTexts.Length} texts of about 150 tokens", long1.Top10 ?? 1, 0.95);

            var alone = await EncodeAsync(rough, texts[..Math.Min(texts.Length, AloneTexts)], windowRows: 1);
            Bound("vectors the same alone and in windows, bit for bit", alone.Zip(roughVectors, static (a, b) => a.AsSpan().SequenceEqual(b) ? 1.0 : 0).Average(), 1);
            Bound("1 - largest difference without AVX-512", 1 - await PortableDifferenceAsync(folder, textsFile, roughVectors, texts), 1 - 1e-6);

            var (exactSearch, roughSearch) = (await SearchAsync(exact, synsets), await SearchAsync(rough, synsets));
            Console.WriteLine($"  fp32  {exactSearch}");
            Console.WriteLine($"  int8  {roughSearch}");
            Bound("1 - difference of the MRR", 1 - Math.Abs(exactSearch.Mrr - roughSearch.Mrr), 0.999);
        }

        Console.WriteLine($"hashing {await SearchAsync(new HashingEncoder(), synsets)}");
        return held ? 0 : 6;
    }

    /// <summary>Writes the int8 vectors of the first texts of a list, for a process with other processor features.</summary>
    public static async Task<int> EncodeAsync(string folder, string list, string target)
    {
        await using var encoder = Open(folder, "int8");
        var vectors = await EncodeAsync(encoder, await File.ReadAllLinesAsync(list));
        await File.WriteAllBytesAsync(target, [.. vectors.SelectMany(static vector => MemoryMarshal.AsBytes<float>(vector).ToArray())]);
        return 0;
    }

    /// <summary>The largest difference of a component to what a process gives in which AVX-512 is switched off.</summary>
    private static async Task<double> PortableDifferenceAsync(string folder, string textsFile, float[][] expected, string[] texts)
    {
        var (list, target) = (textsFile + ".portable", textsFile + ".portable.vectors");
        var count = Math.Min(texts.Length, AloneTexts);
        await File.WriteAllLinesAsync(list, texts.Take(count));
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(QualityCheck).Assembly.Location, "encode", folder, list, target]);
        start.Environment["DOTNET_EnableAVX512"] = "0";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        var vectors = MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(target)).ToArray();
        return expected.Take(count).SelectMany(static vector => vector).Zip(vectors, static (a, b) => (double)MathF.Abs(a - b)).Max();
    }

    public static ModelEncoder Open(string folder, string precision) =>
        OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = folder, Precision = precision, Threads = Environment.ProcessorCount, Prefix = "" });

    private static async Task<Retrieval> SearchAsync(IEncoder encoder, Synset[] synsets) => Retrieval.Of(
        await EncodeAsync(encoder, [.. synsets.Select(static synset => synset.Words)]),
        await EncodeAsync(encoder, [.. synsets.Select(static synset => synset.Gloss)]));

    public static async Task<float[][]> EncodeAsync(IEncoder encoder, string[] texts, int windowRows = WindowRows)
    {
        var vectors = new List<float[]>(texts.Length);
        foreach (var window in texts.Chunk(windowRows))
        {
            var block = new VectorBlock(window.Length, encoder.Description.Dimension);
            await encoder.EncodeAsync(window, TextRole.Document, block, CancellationToken.None);
            vectors.AddRange(Enumerable.Range(0, window.Length).Select(row => block.Row(row).ToArray()));
        }

        return [.. vectors];
    }

    private static string[] Spread(string[] all, int count, int offset) =>
        [.. Enumerable.Range(0, count).Select(i => all[(((long)i * all.Length / count) + offset) % all.Length])];

    /// <summary>Consecutive texts as one.</summary>
    private static string Long(string[] all, long first)
    {
        var text = all[first];
        while (text.Length < LongLength)
        {
            text += ". " + all[++first % all.Length];
        }

        return text;
    }
}
