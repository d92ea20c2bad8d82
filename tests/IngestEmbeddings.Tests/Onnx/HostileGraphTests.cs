using System.Diagnostics;
using Google.Protobuf;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Runtime;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>Graphs that claim or do more than any model.</summary>
public sealed class HostileGraphTests : IDisposable
{
    private readonly ModelFolderFixture _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(500_000_000)]
    [InlineData((1L << 32) + 384)]
    [InlineData(-5)]
    public void An_output_wider_than_a_vector_is_refused_before_it_is_allocated(long width)
    {
        Change(model => model.Graph.Output[0].Type.TensorType.Shape.Dim[2].DimValue = width);

        Should.Throw<IngestException>(() => GraphFile.Read(_folder.GraphPath)).Message.ShouldContain("at most 65536");
    }

    [Theory]
    [InlineData(1_500_000_000, 1)]
    [InlineData(1L << 40, 1L << 40)]
    [InlineData(-4, 1)]
    public void Weights_larger_than_the_file_are_refused_before_they_are_allocated(long rows, long columns)
    {
        Change(model =>
        {
            var tensor = model.Graph.Initializer.First(static tensor => tensor.DataType == OnnxTypes.Float);
            tensor.Dims.Clear();
            tensor.Dims.AddRange([rows, columns]);
        });

        var before = GC.GetTotalAllocatedBytes();
        Should.Throw<IngestException>(() => GraphFile.Read(_folder.GraphPath)).Message.ShouldContain("declares the weights");
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(10 << 20);
    }

    /// <summary>Adding positions to texts then gives a row for each token: for the longest text a gigabyte in the first product of attention.</summary>
    [Fact]
    public void A_graph_that_makes_a_row_of_each_token_is_refused_before_a_long_text_asks_for_memory()
    {
        Change(static model => model.Graph.Initializer.Single(static tensor => tensor.Name == "embeddings.position.ids").Dims.Add(1));

        Should.Throw<IngestException>(() => _folder.Encoder()).Message.ShouldContain("shape 3 × 3 × ");
    }

    [Fact]
    public void A_loop_whose_end_a_token_decides_is_ended_and_other_texts_go_on()
    {
        // Counts from 0 to (the largest token id)⁶: for id 1 that is 1 round, for id 40 four thousand million.
        Change(static model => AddLoop(model.Graph));
        using var model = new OnnxModel(
            _folder.GraphPath, ModelFolder.Open(_folder.Path), threads: 1, dimensions: null, limit: new CallLimit(TimeSpan.FromSeconds(1), TimeSpan.Zero));

        Encode(model, 1);
        var start = Stopwatch.GetTimestamp();
        Should.Throw<ModelCallException>(() => Encode(model, 40)).Message.ShouldContain("no result within 1 s");
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(20));
        Encode(model, 1);
    }

    private static void Encode(OnnxModel model, int id)
    {
        var tokens = new TokenBuffer();
        tokens.Add(id);
        tokens.EndText();
        var batch = new TokenBatch();
        batch.Fill(tokens, [0], padId: 0);
        model.Run(batch, new float[model.Dimension]);
    }

    private void Change(Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder.GraphPath));
        change(model);
        ModelFiles.WriteGraph(_folder.GraphPath, model);
    }

    /// <summary>Adds a number that a loop counts, times 0, to the output.</summary>
    private static void AddLoop(GraphProto graph)
    {
        void Node(string operation, string[] inputs, string output, params AttributeProto[] attributes) =>
            graph.Node.Add(new NodeProto { OpType = operation, Name = output + "_node", Input = { inputs }, Output = { output }, Attribute = { attributes } });
        void Constant(string name, int type, byte[] data) =>
            graph.Initializer.Add(new TensorProto { Name = name, DataType = type, RawData = ByteString.CopyFrom(data) });

        var result = graph.Output[0].Name;
        graph.Node.Single(node => node.Output[0] == result).Output[0] = "before_loop";
        Constant("loop.six", OnnxTypes.Float, BitConverter.GetBytes(6f));
        Constant("loop.zero", OnnxTypes.Float, BitConverter.GetBytes(0f));
        Constant("loop.go", 9, [1]);
        Node("ReduceMax", ["input_ids"], "loop.largest", new AttributeProto { Name = "keepdims", I = 0, Type = OnnxTypes.AttributeInt });
        Node("Cast", ["loop.largest"], "loop.base", new AttributeProto { Name = "to", I = OnnxTypes.Float, Type = OnnxTypes.AttributeInt });
        Node("Pow", ["loop.base", "loop.six"], "loop.power");
        Node("Cast", ["loop.power"], "loop.rounds", new AttributeProto { Name = "to", I = OnnxTypes.Int64, Type = OnnxTypes.AttributeInt });
        var body = new GraphProto { Name = "body" };
        body.Input.AddRange([Value("round", OnnxTypes.Int64), Value("go", 9), Value("sum", OnnxTypes.Float)]);
        body.Output.AddRange([Value("still", 9), Value("next", OnnxTypes.Float)]);
        body.Node.Add(new NodeProto { OpType = "Identity", Name = "still_node", Input = { "go" }, Output = { "still" } });
        body.Node.Add(new NodeProto { OpType = "Sin", Name = "next_node", Input = { "sum" }, Output = { "next" } });
        Node("Loop", ["loop.rounds", "loop.go", "loop.base"], "loop.end", new AttributeProto { Name = "body", G = body, Type = 5 });
        Node("Mul", ["loop.end", "loop.zero"], "loop.nothing");
        Node("Add", ["before_loop", "loop.nothing"], result);
    }

    private static ValueInfoProto Value(string name, int type) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.TensorTypeProto { ElemType = type, Shape = new TensorShapeProto() } },
    };
}
