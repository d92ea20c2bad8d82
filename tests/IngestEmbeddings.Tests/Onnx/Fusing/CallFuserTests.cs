using System.Numerics.Tensors;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Fusing;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Onnx.Runtime;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Fusing;

public sealed class CallFuserTests
{
    private const int GroupsPerLayer = 4;

    public CallFuserTests() => Assert.SkipUnless(KernelLibrary.IsFast, "The operators are for processors with AVX-512.");

    private static readonly BertShape[] Shapes =
    [
        BertShape.Tiny,
        BertShape.Tiny with { TakesTokenTypes = false, TakesPositions = true, Int32Inputs = true },
        BertShape.Tiny with { Hidden = 48, Heads = 6, Layers = 3, Output = BertOutput.SentenceEmbedding },
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_fused_graph_gives_the_vectors_of_the_plain_one(int shape)
    {
        using var folder = new ModelFolderFixture(Shapes[shape]);
        using var copy = new FusedGraph();
        using var plain = Plain(folder, copy);

        copy.TryFuse(byToken: false).ShouldBeTrue();

        using var fused = new OnnxModel(copy.Path, ModelFolder.Open(folder.Path), threads: 1, dimensions: null, KernelLibrary.Register);
        foreach (var (expected, actual) in Batches.Vectors(plain).Zip(Batches.Vectors(fused)))
        {
            TensorPrimitives.Distance(expected, actual).ShouldBeLessThan(1e-5f);
        }
    }

    [Fact]
    public async Task Every_group_of_an_int8_graph_is_replaced()
    {
        using var folder = await QuantizedAsync();
        using var copy = new FusedGraph();
        Plain(folder, copy, "model_int8.onnx").Dispose();
        var model = Read(copy.Path);

        CallFuser.Fuse(model).ShouldBe(GroupsPerLayer * folder.Shape.Layers);
        model.Graph.Node.ShouldNotContain(static node => node.OpType == "Softmax" || node.Domain == "com.microsoft" && node.OpType == "Gelu");
        model.Graph.Node.Count(static node => node.OpType == "LayerNormalization").ShouldBe(1);
    }

    [Fact]
    public async Task An_int8_model_is_loaded_with_the_operators_and_leaves_nothing_behind()
    {
        using var folder = await QuantizedAsync();
        var before = Copies();
        var graph = GraphFile.Read(Path.Combine(folder.Path, "onnx", "model_int8.onnx"));
        using var plain = new OnnxModel(graph.Path, ModelFolder.Open(folder.Path), threads: 1, dimensions: null);
        using var fused = FusedModel.Load(graph with { ByToken = false }, ModelFolder.Open(folder.Path), threads: 1, dimensions: null);

        fused.IsFused.ShouldBeTrue();
        plain.IsFused.ShouldBeFalse();
        foreach (var (expected, actual) in Batches.Vectors(plain).Zip(Batches.Vectors(fused)))
        {
            TensorPrimitives.CosineSimilarity(expected, actual).ShouldBeGreaterThan(0.995f);
        }

        Copies().ShouldBe(before);
    }

    [Theory]
    [InlineData("Softmax", "axis", 1)]
    [InlineData("LayerNormalization", "axis", 1)]
    public void A_group_along_another_axis_is_left(string operation, string attribute, long value)
    {
        var model = Optimized();
        foreach (var node in model.Graph.Node.Where(node => node.OpType == operation))
        {
            node.Attribute.Single(a => a.Name == attribute).I = value;
        }

        CallFuser.Fuse(model);

        model.Graph.Node.ShouldContain(node => node.OpType == operation);
        model.Graph.Node.Where(node => node.Domain == KernelLibrary.Domain)
            .ShouldNotContain(node => node.OpType == (operation == "Softmax" ? AttentionKernel.Name : AddNormKernel.Name));
    }

    [Fact]
    public void A_value_inside_a_group_that_something_else_reads_keeps_the_group()
    {
        var model = Optimized();
        foreach (var softmax in model.Graph.Node.Where(static node => node.OpType == "Softmax").ToList())
        {
            model.Graph.Output.Add(new ValueInfoProto { Name = softmax.Output[0] });
        }

        CallFuser.Fuse(model);

        model.Graph.Node.ShouldContain(static node => node.OpType == "Softmax");
    }

    [Fact]
    public void The_sum_of_look_ups_is_left()
    {
        var model = Optimized();

        CallFuser.Fuse(model);

        model.Graph.Node.ShouldContain(static node => node.OpType == "LayerNormalization" && node.Input[1] == "embeddings.norm.weight");
    }

    [Fact]
    public void A_graph_with_branches_is_left()
    {
        var model = Optimized();
        model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "then_branch", G = new GraphProto() });

        CallFuser.Fuse(model).ShouldBe(0);
    }

    [Fact]
    public void A_fused_model_that_gives_other_vectors_or_fails_is_not_taken()
    {
        FusedModel.Agree(new FixedModel([1, 0]), new FixedModel([1, 0.01f])).ShouldBeTrue();
        FusedModel.Agree(new FixedModel([1, 0]), new FixedModel([0, 1])).ShouldBeFalse();
        FusedModel.Agree(new FixedModel([1, 0]), new FixedModel([float.NaN, 0])).ShouldBeFalse();
        FusedModel.Agree(new FixedModel([1, 0]), new FixedModel(null)).ShouldBeFalse();
    }

    private static OnnxModel Plain(ModelFolderFixture folder, FusedGraph copy, string name = "model.onnx") =>
        new(Path.Combine(folder.Path, "onnx", name), ModelFolder.Open(folder.Path), threads: 1, dimensions: null, copy.WriteFrom);

    private static ModelProto Optimized()
    {
        using var folder = new ModelFolderFixture();
        using var copy = new FusedGraph();
        Plain(folder, copy).Dispose();
        return Read(copy.Path);
    }

    private static ModelProto Read(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));

    private static async Task<ModelFolderFixture> QuantizedAsync()
    {
        var folder = new ModelFolderFixture();
        await ModelQuantizer.QuantizeAsync(
            folder.Path, ModelFolderFixture.Texts(50), new QuantizationOptions { Force = true }, CancellationToken.None);
        return folder;
    }

    private static int Copies() => Directory.GetDirectories(Path.GetTempPath(), "ingest-embeddings-*").Length;

    private sealed class FixedModel(float[]? vector) : IModel
    {
        public int Dimension => 2;

        public void Run(TokenBatch batch, Span<float> vectors)
        {
            for (var row = 0; row < batch.Rows; row++)
            {
                (vector ?? throw new ModelCallException("broken", null!)).CopyTo(vectors[(row * 2)..]);
            }
        }

        public void Dispose()
        {
        }
    }
}
