using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace IngestEmbeddings.Onnx.Runtime;

/// <summary>The output that vectors are made from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsPooled">True for one vector a text, false for one a token.</param>
/// <param name="IsHalf">True for 16-bit floats, false for 32-bit ones.</param>
internal sealed record GraphOutput(string Name, bool IsPooled, bool IsHalf)
{
    /// <summary>Chooses the output of a session: a ready embedding before the tokens' vectors.</summary>
    /// <param name="session">The session.</param>
    /// <param name="path">The graph's file, for messages.</param>
    /// <param name="needsReady">True when only a ready embedding is right.</param>
    /// <exception cref="IngestException">There is no output that fits.</exception>
    public static GraphOutput Of(InferenceSession session, string path, bool needsReady)
    {
        var outputs = session.OutputMetadata;
        var name = new[] { "sentence_embedding", "last_hidden_state", "token_embeddings" }.FirstOrDefault(outputs.ContainsKey)
            ?? throw new IngestException(
                IngestError.Configuration,
                $"{path} gives {string.Join(", ", outputs.Keys)}; a text-embedding graph gives last_hidden_state, token_embeddings or sentence_embedding.");
        var pooled = name == "sentence_embedding";
        if (needsReady && !pooled)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The model has a dense layer after its pooling, and {path} gives {name} from before it. Export a graph with sentence_embedding.");
        }

        return outputs[name].ElementDataType switch
        {
            TensorElementType.Float => new GraphOutput(name, pooled, IsHalf: false),
            TensorElementType.Float16 => new GraphOutput(name, pooled, IsHalf: true),
            var type => throw new IngestException(IngestError.Configuration, $"{path} gives {name} as {type}, not as floats."),
        };
    }
}
