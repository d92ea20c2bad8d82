using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Onnx.Graphs;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Graphs;

public sealed class GraphFileTests : IDisposable
{
    private static readonly BertShape Shape = BertShape.Tiny with { Vocabulary = 10 };

    private readonly string _root = Directory.CreateTempSubdirectory("ingest-graph-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_graph_says_what_it_takes_gives_and_computes_with()
    {
        var graph = GraphFile.Read(Write(BertGraph.Build(Shape)));

        graph.Precision.ShouldBe("fp32");
        graph.Inputs.ShouldBe(["input_ids", "attention_mask", "token_type_ids"]);
        graph.Outputs.ShouldBe(["last_hidden_state"]);
        graph.DataFiles.ShouldBeEmpty();
        GraphFile.Read(Write(BertGraph.Build(Shape with { Half = true }))).Precision.ShouldBe("fp16");
    }

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_refused()
    {
        var whole = File.ReadAllBytes(Write(BertGraph.Build(Shape)));
        for (var part = 0; part < 40; part++)
        {
            var path = Path.Combine(_root, "cut.onnx");
            File.WriteAllBytes(path, whole[..(whole.Length * part / 40)]);
            Refused(path).ShouldContain(path);
        }
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 470000000\n")]
    [InlineData("<!DOCTYPE html><html></html>")]
    [InlineData("PK\u0003\u0004")]
    [InlineData("")]
    public void A_foreign_file_is_refused(string content)
    {
        var path = Path.Combine(_root, "model.onnx");
        File.WriteAllText(path, content);
        Refused(path).ShouldContain("not an ONNX graph");
    }

    [Fact]
    public void Weights_next_to_the_graph_are_read_from_where_it_says()
    {
        var path = WriteExternal("model.onnx_data");
        GraphFile.Read(path).DataFiles.ShouldBe([Path.Combine(_root, "model", "model.onnx_data")]);
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("sub/../../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("C:\\secret")]
    [InlineData("..\\secret")]
    [InlineData("")]
    public void Weights_outside_the_graphs_folder_are_refused(string location)
    {
        File.WriteAllBytes(Path.Combine(_root, "secret"), new byte[1 << 20]);
        Refused(WriteExternal(location, create: false)).ShouldContain("only files of the graph's own folder");
    }

    [Fact]
    public void A_link_that_leads_outside_is_refused()
    {
        var secret = Path.Combine(_root, "secret");
        File.WriteAllBytes(secret, new byte[1 << 20]);
        var path = WriteExternal("weights", create: false);
        File.CreateSymbolicLink(Path.Combine(_root, "model", "weights"), secret);

        Refused(path).ShouldContain("a link to a file outside");
    }

    [Fact]
    public void A_folder_that_is_a_link_to_the_outside_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_root, "elsewhere"));
        File.WriteAllBytes(Path.Combine(_root, "elsewhere", "weights"), new byte[1 << 20]);
        var path = WriteExternal("sub/weights", create: false);
        Directory.CreateSymbolicLink(Path.Combine(_root, "model", "sub"), Path.Combine(_root, "elsewhere"));

        Refused(path).ShouldContain("a link to a file outside");
    }

    [Fact]
    public void A_snapshot_of_the_hub_cache_may_link_to_its_models_own_blobs()
    {
        var repository = Path.Combine(_root, "models--org--name");
        var snapshot = Path.Combine(repository, "snapshots", "abc", "onnx");
        Directory.CreateDirectory(snapshot);
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        var original = WriteExternal("model.onnx_data");
        File.Move(original, Path.Combine(repository, "blobs", "1"));
        File.Move(Path.Combine(_root, "model", "model.onnx_data"), Path.Combine(repository, "blobs", "2"));
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.onnx"), "../../../blobs/1");
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.onnx_data"), "../../../blobs/2");

        GraphFile.Read(Path.Combine(snapshot, "model.onnx")).DataFiles.Count.ShouldBe(1);
    }

    [Fact]
    public void Weights_hidden_in_a_branch_of_the_graph_are_found()
    {
        var model = BertGraph.Build(Shape);
        var branch = new GraphProto { Initializer = { External("/etc/passwd") } };
        var bytes = Nested(model, branch);
        var path = Path.Combine(_root, "model.onnx");
        File.WriteAllBytes(path, bytes);

        Refused(path).ShouldContain("/etc/passwd");
    }

    [Fact]
    public void Missing_and_short_weights_are_named()
    {
        Refused(WriteExternal("gone", create: false)).ShouldContain("is missing");
        var path = WriteExternal("short");
        File.WriteAllBytes(Path.Combine(_root, "model", "short"), new byte[100]);
        Refused(path).ShouldContain("cut off");
    }

    private static string Refused(string path)
    {
        var fault = Should.Throw<IngestException>(() => GraphFile.Read(path));
        fault.Error.ShouldBe(IngestError.Configuration);
        return fault.Message;
    }

    private string Write(ModelProto model)
    {
        Directory.CreateDirectory(Path.Combine(_root, "model"));
        var path = Path.Combine(_root, "model", "model.onnx");
        ModelFiles.WriteGraph(path, model);
        return path;
    }

    /// <summary>A graph whose largest weights lie in another file.</summary>
    private string WriteExternal(string location, bool create = true)
    {
        var model = BertGraph.Build(Shape);
        var tensor = model.Graph.Initializer.MaxBy(static weights => weights.RawData.Length)!;
        var data = tensor.RawData.ToByteArray();
        var external = External(location, data.Length);
        tensor.ClearRawData();
        tensor.DataLocation = external.DataLocation;
        tensor.ExternalData.AddRange(external.ExternalData);
        var path = Write(model);
        if (create)
        {
            File.WriteAllBytes(Path.Combine(_root, "model", location), data);
        }

        return path;
    }

    private static TensorProto External(string location, int length = 4) => new()
    {
        Name = "weights",
        DataType = OnnxTypes.Float,
        Dims = { 1 },
        DataLocation = OnnxTypes.External,
        ExternalData =
        {
            new StringStringEntryProto { Key = "location", Value = location },
            new StringStringEntryProto { Key = "offset", Value = "0" },
            new StringStringEntryProto { Key = "length", Value = length.ToString() },
        },
    };

    /// <summary>Appends an If node whose branch is the graph: field 7 of the model, 1 of the graph, 5 of the node, 6 of the attribute.</summary>
    private static byte[] Nested(ModelProto model, GraphProto branch)
    {
        using var stream = new MemoryStream();
        Google.Protobuf.MessageExtensions.WriteTo(model, stream);
        var inner = Google.Protobuf.MessageExtensions.ToByteArray(branch);
        foreach (var field in new[] { 6, 5, 1, 7 })
        {
            using var outer = new MemoryStream();
            using (var output = new Google.Protobuf.CodedOutputStream(outer, leaveOpen: true))
            {
                output.WriteTag(field, Google.Protobuf.WireFormat.WireType.LengthDelimited);
                output.WriteBytes(Google.Protobuf.ByteString.CopyFrom(inner));
            }

            inner = outer.ToArray();
        }

        stream.Write(inner);
        return stream.ToArray();
    }
}
