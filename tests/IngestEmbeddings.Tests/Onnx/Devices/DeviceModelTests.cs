using System.Numerics.Tensors;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Devices;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Tokenizers;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Devices;

/// <summary>The graphs that are made for a GPU, run on the processor.</summary>
public sealed class DeviceModelTests
{
    [Theory]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Cls)]
    [InlineData(Pooling.Max)]
    [InlineData(Pooling.LastToken)]
    public async Task A_graph_that_pools_itself_gives_the_vectors_of_one_that_does_not(Pooling pooling)
    {
        using var folder = new ModelFolderFixture(pooling: pooling);
        await AgreeAsync(folder, half: false, 1e-6f);
    }

    [Theory]
    [InlineData(nameof(BertOutput.LastHiddenState))]
    [InlineData(nameof(BertOutput.TokenEmbeddings))]
    [InlineData(nameof(BertOutput.SentenceEmbedding))]
    public async Task Fp16_made_of_fp32_is_near(string output)
    {
        using var folder = new ModelFolderFixture(BertShape.Tiny with { Output = Enum.Parse<BertOutput>(output) });
        await AgreeAsync(folder, half: true, 5e-3f);
    }

    [Fact]
    public async Task Fp16_made_of_weights_in_a_file_of_their_own_is_near()
    {
        using var plain = new ModelFolderFixture();
        await using var expected = plain.Encoder();
        using var cache = new HubCacheFixture(plain);
        var path = ModelFinder.Find("org/name", cache.Variable);
        await using var encoder = OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = path, Precision = "fp16", TokenBudget = 512 });

        encoder.Description.Precision.ShouldBe("fp16");
        await NearAsync(expected, encoder, 5e-3f);
    }

    [Fact]
    public async Task Fp16_of_the_folder_is_taken_before_one_that_is_made_and_each_is_a_model_of_its_own()
    {
        using var folder = new ModelFolderFixture();
        await using var made = folder.Encoder("fp16");
        File.Copy(folder.GraphPath, Path.Combine(Path.GetDirectoryName(folder.GraphPath)!, "model_fp32.onnx"));
        ModelFiles.WriteGraph(folder.GraphPath, BertGraph.Build(folder.Shape with { Half = true }));
        await using var shipped = folder.Encoder("fp16");
        await using var exact = folder.Encoder();

        new[] { made, shipped, exact }.Select(static encoder => encoder.Description.Fingerprint).Distinct().Count().ShouldBe(3);
        shipped.Description.Precision.ShouldBe("fp16");
        exact.Description.Precision.ShouldBe("fp32");
    }

    [Fact]
    public void Fp16_is_not_taken_unasked_where_it_is_not_near()
    {
        using var folder = new ModelFolderFixture();
        Kept(folder).ShouldBe(DeviceModel.MadeHalf);

        // Beyond the range of fp16, so that its rows are cut to another direction.
        var graph = BertGraph.Build(folder.Shape);
        var bias = graph.Graph.Initializer.Single(static tensor => tensor.Name == "encoder.layer.1.output.norm.bias");
        var values = new float[folder.Shape.Hidden];
        (values[0], values[1]) = (100_000, 1_000_000);
        bias.RawData = Google.Protobuf.ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
        ModelFiles.WriteGraph(folder.GraphPath, graph);
        Kept(folder).ShouldBeNull();
    }

    private static string? Kept(ModelFolderFixture folder)
    {
        using var model = DeviceModel.LoadNearest(
            GraphFile.Read(folder.GraphPath), ModelFolder.Open(folder.Path), ComputeDevice.Processor, 1, dimensions: null, HuggingFaceTokenizer.Load(folder.Path));
        return model.Arithmetic;
    }

    private static async Task AgreeAsync(ModelFolderFixture folder, bool half, float tolerance)
    {
        var opened = ModelFolder.Open(folder.Path);
        var model = DeviceModel.Load(GraphFile.Read(folder.GraphPath), half, opened, ComputeDevice.Processor, threads: 1, dimensions: null);
        await using var expected = folder.Encoder();
        await using var actual = new ModelEncoder(
            expected.Description, HuggingFaceTokenizer.Load(folder.Path), model, expected.Budget);
        await NearAsync(expected, actual, tolerance);
    }

    private static async Task NearAsync(ModelEncoder expected, ModelEncoder actual, float tolerance)
    {
        var texts = ModelFolderFixture.Texts(60);
        var left = await ModelFolderFixture.EncodeAsync(expected, texts);
        var right = await ModelFolderFixture.EncodeAsync(actual, texts);
        for (var i = 0; i < texts.Length; i++)
        {
            TensorPrimitives.Distance(left[i], right[i]).ShouldBeLessThan(tolerance);
        }
    }
}
