using System.Numerics.Tensors;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Tests.Onnx.Fusing;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Quantizing;

[Slow]
public sealed class ModelQuantizerTests : IDisposable
{
    private readonly ModelFolderFixture _folder = new(BertShape.Tiny with { Vocabulary = 5000 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_int8_graph_agrees_with_the_fp32_one_and_is_smaller()
    {
        var report = await QuantizeAsync();

        report.Written.ShouldBeTrue();
        // Four products of attention and two of the feed-forward part, in each of two layers.
        report.Products.ShouldBe(12);
        report.EmbeddingsQuantized.ShouldBeTrue();
        report.TargetSize.ShouldBeLessThan(report.SourceSize / 2);
        report.Agreement.Texts.ShouldBeInRange(120, 199);
        report.Agreement.P1Cosine.ShouldBeInRange(0.998, 0.99999);
        report.Agreement.WorstCosine.ShouldBeLessThanOrEqualTo(report.Agreement.P1Cosine);
        report.Agreement.MeanCosine.ShouldBeGreaterThanOrEqualTo(report.Agreement.P1Cosine);
        report.Agreement.Top10.ShouldNotBeNull().ShouldBeInRange(0.9, 1);
        var graph = GraphFile.Read(Path.Combine(_folder.Path, "onnx", ModelQuantizer.FileName));
        graph.Precision.ShouldBe("int8");
        graph.Inputs.ShouldBe(["input_ids", "attention_mask", "token_type_ids"]);
    }

    [Fact]
    public void Compensated_rounding_changes_a_product_less_than_the_nearest_levels()
    {
        var random = new Random(1);
        const int Depth = 24, Columns = 8, Rows = 400;

        // Activations that vary together, as real ones do.
        float[] samples = [.. Enumerable.Range(0, Rows).SelectMany(_ =>
        {
            var common = random.NextSingle() - 0.5f;
            return Enumerable.Range(0, Depth).Select(i => (common * (i % 5)) + (0.2f * (random.NextSingle() - 0.5f)));
        })];
        float[] weights = [.. Enumerable.Range(0, Depth * Columns).Select(_ => random.NextSingle() - 0.5f)];
        var moments = new ActivationMoments(Depth);
        moments.Add(samples, threads: 1);
        var nearest = ColumnQuantization.OfColumns("w", weights, Columns);
        var compensated = ColumnQuantization.OfColumns("w", weights, Columns, new CompensatedRounding(moments, threads: 2));

        Error(compensated).ShouldBeLessThan(0.7 * Error(nearest));

        double Error(TensorProto[] tensors)
        {
            var levels = tensors[0].RawData.ToByteArray();
            var scales = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensors[1].RawData.Span).ToArray();
            return samples.Chunk(Depth).Sum(row => Enumerable.Range(0, Columns).Sum(column => Math.Pow(
                Enumerable.Range(0, Depth).Sum(i => row[i] * (weights[(i * Columns) + column] - ((sbyte)levels[(i * Columns) + column] * scales[column]))), 2)));
        }
    }

    [Fact]
    public async Task ONNX_Runtime_alone_runs_the_int8_graph_a_little_less_exactly()
    {
        var report = await QuantizeAsync();
        var folder = ModelFolder.Open(_folder.Path);
        using var alone = new OnnxModel(report.Target, folder, threads: 1, dimensions: null);
        using var exact = new OnnxModel(_folder.GraphPath, folder, threads: 1, dimensions: null);

        foreach (var (a, b) in Batches.Vectors(exact).Zip(Batches.Vectors(alone)))
        {
            TensorPrimitives.CosineSimilarity<float>(a, b).ShouldBeGreaterThan(0.99f);
        }
    }

    [Fact]
    public async Task A_graph_below_the_wanted_cosine_is_not_written()
    {
        var fault = await Should.ThrowAsync<IngestException>(() => QuantizeAsync(new QuantizationOptions { MinCosine = 0.999999 }));

        fault.Error.ShouldBe(IngestError.Data);
        fault.Message.ShouldContain("--min-cosine");
        Directory.GetFiles(Path.Combine(_folder.Path, "onnx")).ShouldBe([_folder.GraphPath]);
    }

    [Fact]
    public async Task Force_writes_what_is_below_the_wanted_cosine()
    {
        var report = await QuantizeAsync(new QuantizationOptions { MinCosine = 0.999999, Force = true });
        report.Written.ShouldBeTrue();
        File.Exists(report.Target).ShouldBeTrue();
    }

    [Fact]
    public async Task A_model_without_fp32_graph_cannot_be_quantized()
    {
        ModelFiles.WriteGraph(_folder.GraphPath, BertGraph.Build(_folder.Shape with { Half = true }));
        (await Should.ThrowAsync<IngestException>(() => QuantizeAsync())).Message.ShouldContain("fp32");
    }

    [Fact]
    public async Task Auto_takes_the_int8_graph_where_the_processor_likes_it()
    {
        await QuantizeAsync();
        await using var encoder = _folder.Encoder(GraphChoice.Auto);
        encoder.Description.Precision.ShouldBe(GraphChoice.ProcessorLikesInt8 ? "int8" : "fp32");
    }

    [Fact]
    public void Weights_come_back_within_half_a_level_and_zero_exactly()
    {
        float[] weights = [0.5f, -2, 0, 1, 0.25f, 0];
        var quantized = ColumnQuantization.OfColumns("w", weights, columns: 3);

        var levels = quantized[0].RawData.ToByteArray().Select(static level => (sbyte)level).ToArray();
        levels.ShouldBe(new sbyte[] { 64, -127, 0, 127, 16, 0 });
    }

    private Task<QuantizationReport> QuantizeAsync(QuantizationOptions? options = null) => ModelQuantizer.QuantizeAsync(
        _folder.Path, ModelFolderFixture.Texts(200), options ?? new QuantizationOptions(), TestContext.Current.CancellationToken);
}
