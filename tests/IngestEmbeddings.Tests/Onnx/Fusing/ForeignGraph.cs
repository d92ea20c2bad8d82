using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Tests.Onnx.Fusing;

/// <summary>An int8 graph in ONNX's own operators, as other tools write it.</summary>
internal static class ForeignGraph
{
    /// <summary>Writes the products of a quantized graph of this program in ONNX's own operators.</summary>
    public static ModelProto Of(string path)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        model.MetadataProps.Clear();
        var nodes = model.Graph.Node.ToList();
        model.Graph.Node.Clear();
        foreach (var node in nodes)
        {
            if (node.OpType != "DynamicQuantizeMatMul")
            {
                model.Graph.Node.Add(node);
                continue;
            }

            var (value, input) = (node.Output[0], node.Input);
            Add("DynamicQuantizeLinear", [input[0]], value + ".q", value + ".s", value + ".z");
            Add("MatMulInteger", [value + ".q", input[1], value + ".z", input[3]], value + ".sums");
            Add("Cast", [value + ".sums"], value + ".floats").Attribute.Add(
                new AttributeProto { Name = "to", I = OnnxTypes.Float, Type = OnnxTypes.AttributeInt });
            Add("Mul", [value + ".s", input[2]], value + ".scale");
            Add("Mul", [value + ".floats", value + ".scale"], value + ".product");
            Add("Add", [value + ".product", input[4]], value);
        }

        return model;

        NodeProto Add(string operation, string[] inputs, params string[] outputs)
        {
            var node = new NodeProto { OpType = operation, Name = outputs[0] + "_node", Input = { inputs }, Output = { outputs } };
            model.Graph.Node.Add(node);
            return node;
        }
    }
}
