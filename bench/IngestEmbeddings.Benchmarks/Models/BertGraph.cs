using IngestEmbeddings.Onnx.Graphs;
using static IngestEmbeddings.Benchmarks.Models.GraphWriter;

namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>
/// Builds a BERT encoder with random weights (Devlin et al. 2019, arXiv:1810.04805) in the plain operators that exporters
/// write: what a runtime makes of those is part of what is measured.
/// </summary>
internal static class BertGraph
{
    public static ModelProto Build(BertShape shape)
    {
        var writer = new GraphWriter(shape.Half, shape.Seed);
        var hidden = Embed(writer, shape, out var mask, out var bias);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            hidden = Layer(writer, shape, $"encoder.layer.{layer}", hidden, bias);
        }

        var width = shape.Hidden.ToString();
        if (shape.Output == BertOutput.SentenceEmbedding)
        {
            writer.Output(Mean(writer, hidden, mask), "sentence_embedding", "batch_size", width);
        }
        else
        {
            var name = shape.Output == BertOutput.LastHiddenState ? "last_hidden_state" : "token_embeddings";
            writer.Output(hidden, name, "batch_size", "sequence_length", width);
        }

        return new ModelProto
        {
            IrVersion = 8,
            ProducerName = "ingest-embeddings",
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } },
            Graph = writer.Graph,
        };
    }

    /// <summary>Word, position and type embeddings, normalised; and what hides the padding from the attention.</summary>
    private static string Embed(GraphWriter writer, BertShape shape, out string mask, out string bias)
    {
        var ids = writer.Input("input_ids", shape.Int32Inputs);
        var attention = writer.Input("attention_mask", shape.Int32Inputs);
        var words = writer.Node("Gather", [writer.Random("embeddings.word.weight", 0.05f, shape.Vocabulary, shape.Hidden), ids]);
        if (shape.TakesTokenTypes)
        {
            var types = writer.Node(
                "Gather",
                [writer.Random("embeddings.type.weight", 0.05f, 2, shape.Hidden), writer.Input("token_type_ids", shape.Int32Inputs)]);
            words = writer.Node("Add", [words, types]);
        }

        var positions = shape.TakesPositions ? writer.Input("position_ids", shape.Int32Inputs) : CountPositions(writer, shape, ids);
        var places = writer.Node("Gather", [writer.Random("embeddings.position.weight", 0.05f, shape.Positions, shape.Hidden), positions]);
        var sum = writer.Node("Add", [words, places]);

        mask = writer.Node("Cast", [attention], Attribute("to", (long)writer.FloatType));
        var wide = writer.Node("Unsqueeze", [mask, writer.Integers("mask.axes", 1, 2)]);
        var hidden = writer.Node("Sub", [writer.Constant("one", 1), wide]);
        bias = writer.Node("Mul", [hidden, writer.Constant("mask.bias", shape.Half ? -65504 : float.MinValue)]);
        return Normalize(writer, shape, "embeddings", sum);
    }

    private static string CountPositions(GraphWriter writer, BertShape shape, string ids)
    {
        var all = writer.Integers("embeddings.position.ids", [.. Enumerable.Range(0, shape.Positions).Select(static i => (long)i)]);
        var length = writer.Node("Gather", [writer.Node("Shape", [ids]), writer.Integers("one.index", 1)]);
        return writer.Node("Slice", [all, writer.Integers("zero", 0), length, writer.Integers("zero.axis", 0)]);
    }

    private static string Layer(GraphWriter writer, BertShape shape, string name, string input, string bias)
    {
        var attention = Normalize(
            writer, shape, $"{name}.attention", writer.Node("Add", [Attend(writer, shape, name, input, bias), input]));
        var wide = Linear(writer, $"{name}.intermediate", attention, shape.Hidden, shape.Intermediate);
        var narrow = Linear(writer, $"{name}.output", Gelu(writer, wide), shape.Intermediate, shape.Hidden);
        return Normalize(writer, shape, $"{name}.output", writer.Node("Add", [narrow, attention]));
    }

    private static string Attend(GraphWriter writer, BertShape shape, string name, string input, string bias)
    {
        var head = shape.Hidden / shape.Heads;
        var split = writer.Integers($"{name}.split", 0, 0, shape.Heads, head);
        string Heads(string part, params long[] order) => writer.Node(
            "Transpose",
            [writer.Node("Reshape", [Linear(writer, $"{name}.attention.{part}", input, shape.Hidden, shape.Hidden), split])],
            Attribute("perm", order));

        var query = Heads("query", 0, 2, 1, 3);
        var key = Heads("key", 0, 2, 3, 1);
        var value = Heads("value", 0, 2, 1, 3);
        var scores = writer.Node(
            "Div", [writer.Node("MatMul", [query, key]), writer.Constant($"{name}.scale", MathF.Sqrt(head))]);
        var weights = writer.Node("Softmax", [writer.Node("Add", [scores, bias])], Attribute("axis", -1L));
        var context = writer.Node("Transpose", [writer.Node("MatMul", [weights, value])], Attribute("perm", 0, 2, 1, 3));
        var joined = writer.Node("Reshape", [context, writer.Integers($"{name}.join", 0, 0, shape.Hidden)]);
        return Linear(writer, $"{name}.attention.output", joined, shape.Hidden, shape.Hidden);
    }

    private static string Linear(GraphWriter writer, string name, string input, int rows, int columns) => writer.Node(
        "Add",
        [writer.Random($"{name}.bias", 0.02f, columns), writer.Node("MatMul", [input, writer.Weight($"{name}.weight", rows, columns)])]);

    /// <summary>x · ½ · (1 + erf(x / √2)), the exact form (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
    private static string Gelu(GraphWriter writer, string input)
    {
        var root = writer.Node("Div", [input, Shared(writer, "sqrt2", MathF.Sqrt(2))]);
        var bell = writer.Node("Add", [writer.Node("Erf", [root]), Shared(writer, "one", 1)]);
        return writer.Node("Mul", [writer.Node("Mul", [input, bell]), Shared(writer, "half", 0.5f)]);
    }

    private static string Normalize(GraphWriter writer, BertShape shape, string name, string input) => writer.Node(
        "LayerNormalization",
        [input, writer.Constant($"{name}.norm.weight", 1, shape.Hidden), writer.Random($"{name}.norm.bias", 0.02f, shape.Hidden)],
        Attribute("axis", -1L),
        Attribute("epsilon", 1e-5f));

    private static string Mean(GraphWriter writer, string hidden, string mask)
    {
        var axis = writer.Integers("mean.axis", 1);
        var shown = writer.Node("Unsqueeze", [mask, writer.Integers("mean.last", 2)]);
        var keep = Attribute("keepdims", 0L);
        var sum = writer.Node("ReduceSum", [writer.Node("Mul", [hidden, shown]), axis], keep);
        return writer.Node("Div", [sum, writer.Node("ReduceSum", [shown, axis], keep)]);
    }

    private static string Shared(GraphWriter writer, string name, float value) =>
        writer.Graph.Initializer.Any(tensor => tensor.Name == name) ? name : writer.Constant(name, value);
}
