using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>An int8 text has one vector, bit for bit, however it is encoded.</summary>
[Slow]
public sealed class SameVectorTests
{
    [Fact]
    public async Task A_tiny_model_gives_a_text_the_same_vector_alone_and_in_any_company()
    {
        using var folder = new ModelFolderFixture();
        var texts = ModelFolderFixture.Texts(200);
        await ModelQuantizer.QuantizeAsync(folder.Path, texts, new QuantizationOptions { Force = true }, TestContext.Current.CancellationToken);

        await CheckAsync(folder.Path, texts);
    }

    [Fact]
    public async Task A_real_model_gives_a_text_the_same_vector_alone_and_in_any_company()
    {
        Assert.SkipUnless(RealModel.MiniLm.IsRestored && WordNet.Glosses().Count > 0, "Needs the restored packages of the benchmarks, and WordNet.");
        var folder = Directory.CreateTempSubdirectory("ingest-real-").FullName;
        try
        {
            var model = RealModel.MiniLm.Write(folder);
            string[] texts = [.. WordNet.Glosses().Take(20_000).Where(static (_, i) => i % 66 == 0)];
            var report = await ModelQuantizer.QuantizeAsync(model, texts, new QuantizationOptions { Threads = 2 }, TestContext.Current.CancellationToken);
            report.Agreement.MeanCosine.ShouldBeGreaterThan(0.9995);

            await CheckAsync(model, texts);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CheckAsync(string folder, string[] texts)
    {
        var expected = await EncodeAsync(folder, texts, window: texts.Length, budget: 4096, workers: 1);
        foreach (var (window, budget, workers) in new[] { (texts.Length, 4096, 1), (1, 512, 1), (100, 512, 1), (500, 700, 1), (100, 1, 1), (50, 512, 4), (500, 2048, 2) })
        {
            var vectors = await EncodeAsync(folder, texts, window, budget, workers);
            for (var text = 0; text < texts.Length; text++)
            {
                vectors[text].ShouldBe(expected[text], $"text {text}, window {window}, budget {budget}, workers {workers}");
            }
        }
    }

    private static async Task<float[][]> EncodeAsync(string folder, string[] texts, int window, int budget, int workers)
    {
        await using var encoder = OnnxEncoderFactory.Create(
            new OnnxEncoderOptions { Model = folder, Precision = "int8", TokenBudget = budget, Threads = workers == 1 ? 2 : 1 });
        var windows = texts.Chunk(window).ToArray();
        var vectors = new float[windows.Length][][];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, windows.Length),
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            async (i, _) => vectors[i] = await ModelFolderFixture.EncodeAsync(encoder, windows[i]));
        return [.. vectors.SelectMany(static rows => rows)];
    }
}
