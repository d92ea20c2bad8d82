using System.Text.Json;
using Google.Protobuf;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>Writes the files of a model folder, all but the tokenizer's.</summary>
internal static class ModelFiles
{
    public static void Write(string folder, BertShape shape, Pooling pooling, bool normalize, string? modelType = null)
    {
        Directory.CreateDirectory(Path.Combine(folder, "onnx"));
        WriteGraph(Path.Combine(folder, "onnx", "model.onnx"), BertGraph.Build(shape));
        WriteSettings(folder, shape, pooling, normalize, modelType);
    }

    /// <summary>Writes everything but the graph.</summary>
    public static void WriteSettings(string folder, BertShape shape, Pooling pooling, bool normalize, string? modelType = null)
    {
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        WriteJson(folder, "config.json", new Dictionary<string, object>
        {
            ["model_type"] = modelType ?? "bert",
            ["architectures"] = new[] { "BertModel" },
            ["hidden_size"] = shape.Hidden,
            ["num_hidden_layers"] = shape.Layers,
            ["num_attention_heads"] = shape.Heads,
            ["intermediate_size"] = shape.Intermediate,
            ["vocab_size"] = shape.Vocabulary,
            ["max_position_embeddings"] = shape.Positions,
        });
        var modules = new List<object>
        {
            Module(0, "", "Transformer"),
            Module(1, "1_Pooling", "Pooling"),
        };
        if (normalize)
        {
            modules.Add(Module(2, "2_Normalize", "Normalize"));
        }

        WriteJson(folder, "modules.json", modules);
        WriteJson(folder, "sentence_bert_config.json", new { max_seq_length = shape.Positions, do_lower_case = false });
        WriteJson(folder, "1_Pooling/config.json", new
        {
            word_embedding_dimension = shape.Hidden,
            pooling_mode_cls_token = pooling == Pooling.Cls,
            pooling_mode_mean_tokens = pooling == Pooling.Mean,
            pooling_mode_max_tokens = pooling == Pooling.Max,
            pooling_mode_lasttoken = pooling == Pooling.LastToken,
        });
    }

    public static void WriteJson(string folder, string name, object content) =>
        File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(content));

    public static void WriteGraph(string path, ModelProto model)
    {
        using var stream = File.Create(path);
        model.WriteTo(stream);
    }

    private static object Module(int index, string path, string type) =>
        new { idx = index, name = index.ToString(), path, type = "sentence_transformers.models." + type };
}
