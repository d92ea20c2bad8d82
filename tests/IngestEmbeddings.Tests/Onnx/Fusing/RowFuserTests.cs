using System.Numerics.Tensors;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Fusing;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Fusing;

[Slow]
public sealed class RowFuserTests : IAsyncLifetime
{
    private readonly ModelFolderFixture _folder = new();

    public async ValueTask InitializeAsync() => await ModelQuantizer.QuantizeAsync(
        _folder.Path, ModelFolderFixture.Texts(60), new QuantizationOptions { Force = true }, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Every_product_of_a_quantized_graph_gets_a_scale_for_each_row_in_a_group()
    {
        var (model, folder) = Optimized();
        using (folder)
        {
            RowFuser.Fuse(model, Path.GetDirectoryName(folder.Path)!).ShouldBe(6 * _folder.Shape.Layers);
        }

        int Count(string operation) => model.Graph.Node.Count(node => node.OpType == operation);
        Count("DynamicQuantizeMatMul").ShouldBe(0);
        Count("MatMulInteger").ShouldBe(4 * _folder.Shape.Layers);
        Count(AttentionKernel.RowsName).ShouldBe(_folder.Shape.Layers);
        Count(RowKernels.Gelu).ShouldBe(_folder.Shape.Layers);
        Count(RowKernels.AddNorm).ShouldBe(2 * _folder.Shape.Layers);
        Count(RowKernels.Norm).ShouldBe(1);
        Count(RowKernels.Quantize).ShouldBe(0);
        Count(RowKernels.Scale).ShouldBe(0);
    }

    [Fact]
    public void A_softmax_along_the_last_of_four_dimensions_is_known_by_its_number_too()
    {
        var (model, folder) = Optimized();
        using (folder)
        {
            foreach (var node in model.Graph.Node.Where(static node => node.OpType == "Softmax"))
            {
                node.Attribute.Single(static attribute => attribute.Name == "axis").I = 3;
            }

            RowFuser.Fuse(model, Path.GetDirectoryName(folder.Path)!);
        }

        model.Graph.Node.ShouldNotContain(static node => node.OpType == "Softmax");
    }

    [Theory]
    [InlineData("Softmax", 1)]
    [InlineData("LayerNormalization", 1)]
    public void A_group_along_another_axis_is_left_and_its_products_get_their_scales_outside(string operation, long axis)
    {
        var (model, folder) = Optimized();
        using (folder)
        {
            foreach (var node in model.Graph.Node.Where(node => node.OpType == operation))
            {
                node.Attribute.Single(static attribute => attribute.Name == "axis").I = axis;
            }

            RowFuser.Fuse(model, Path.GetDirectoryName(folder.Path)!).ShouldBe(6 * _folder.Shape.Layers);
        }

        model.Graph.Node.ShouldContain(node => node.OpType == operation);
        model.Graph.Node.ShouldContain(static node => node.OpType == RowKernels.Quantize);
        model.Graph.Node.ShouldContain(static node => node.OpType == RowKernels.Scale);
        model.Graph.Node.ShouldNotContain(static node => node.OpType == "DynamicQuantizeMatMul");
    }

    [Fact]
    public void A_graph_with_branches_is_left()
    {
        var (model, folder) = Optimized();
        using (folder)
        {
            model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "then_branch", G = new GraphProto() });
            RowFuser.Fuse(model, Path.GetDirectoryName(folder.Path)!).ShouldBe(0);
        }
    }

    [Fact]
    public void A_graph_of_another_tool_is_nearer_to_fp32_with_a_scale_for_each_token()
    {
        // What other tools write: DynamicQuantizeLinear, MatMulInteger, Cast and Mul, without our mark.
        var foreign = Path.Combine(_folder.Path, "onnx", "model_quantized.onnx");
        ModelFiles.WriteGraph(foreign, ForeignGraph.Of(Path.Combine(_folder.Path, "onnx", ModelQuantizer.FileName)));
        var graph = GraphFile.Read(foreign);
        graph.ByToken.ShouldBeTrue();
        var folder = ModelFolder.Open(_folder.Path);
        using var byToken = FusedModel.Load(graph, folder, threads: 1, dimensions: null);
        using var plain = new OnnxModel(foreign, folder, threads: 1, dimensions: null);
        using var exact = new OnnxModel(_folder.GraphPath, folder, threads: 1, dimensions: null);

        byToken.Arithmetic.ShouldBe(FusedModel.ByToken);
        Error(byToken).ShouldBeLessThan(Error(plain));

        float Error(OnnxModel model) => Batches.Vectors(exact).Zip(Batches.Vectors(model), static (a, b) => TensorPrimitives.Distance<float>(a, b)).Sum();
    }

    [Fact]
    public void A_graph_of_the_former_version_keeps_one_scale_a_call_and_its_fingerprint()
    {
        var path = Path.Combine(_folder.Path, "onnx", ModelQuantizer.FileName);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        model.MetadataProps.Clear();
        ModelFiles.WriteGraph(path, model);
        var graph = GraphFile.Read(path);

        graph.ByToken.ShouldBeFalse();
        using var loaded = FusedModel.Load(graph, ModelFolder.Open(_folder.Path), threads: 1, dimensions: null);
        loaded.Arithmetic.ShouldBeNull();
        loaded.IsFused.ShouldBe(KernelLibrary.IsFast);
    }

    private (ModelProto Model, FusedGraph Copy) Optimized()
    {
        var copy = new FusedGraph();
        new OnnxModel(
            Path.Combine(_folder.Path, "onnx", ModelQuantizer.FileName), ModelFolder.Open(_folder.Path), threads: 1, dimensions: null, copy.WriteFrom).Dispose();
        return (ModelProto.Parser.ParseFrom(File.ReadAllBytes(copy.Path)), copy);
    }
}
