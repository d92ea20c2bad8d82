using System.Numerics.Tensors;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Quantizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Quantizing;

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
        report.Agreement.Texts.ShouldBe(200);
        report.Agreement.P1Cosine.ShouldBeInRange(0.99, 0.99999);
        report.Agreement.WorstCosine.ShouldBeLessThanOrEqualTo(report.Agreement.P1Cosine);
        report.Agreement.MeanCosine.ShouldBeGreaterThanOrEqualTo(report.Agreement.P1Cosine);
        report.Agreement.Top10.ShouldNotBeNull().ShouldBeInRange(0.8, 1);
        var graph = GraphFile.Read(Path.Combine(_folder.Path, "onnx", ModelQuantizer.FileName));
        graph.Precision.ShouldBe("int8");
        graph.Inputs.ShouldBe(["input_ids", "attention_mask", "token_type_ids"]);
    }

    [Fact]
    public async Task An_int8_text_has_nearly_the_same_vector_alone_and_in_any_batch()
    {
        await QuantizeAsync();
        await using var encoder = _folder.Encoder("int8");
        var texts = ModelFolderFixture.Texts(100);

        var together = await ModelFolderFixture.EncodeAsync(encoder, texts);

        for (var i = 0; i < texts.Length; i++)
        {
            var alone = await ModelFolderFixture.EncodeAsync(encoder, texts[i]);
            (1 - TensorPrimitives.CosineSimilarity<float>(alone[0], together[i])).ShouldBeLessThan(5e-3f);
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
