using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace IngestEmbeddings.Onnx.Runtime;

/// <summary>What an input of a graph wants.</summary>
internal enum InputKind
{
    Ids,
    Mask,
    Types,
    Positions,
}

/// <summary>An input as the graph declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it wants.</param>
/// <param name="IsInt64">True for 64-bit integers, false for 32-bit ones.</param>
internal sealed record GraphInput(string Name, InputKind Kind, bool IsInt64)
{
    /// <summary>Understands the inputs of a session.</summary>
    /// <exception cref="IngestException">The graph wants something that this program does not have.</exception>
    public static GraphInput[] Of(InferenceSession session, string path)
    {
        var inputs = session.InputMetadata.Select(input => new GraphInput(
            input.Key,
            input.Key switch
            {
                "input_ids" => InputKind.Ids,
                "attention_mask" => InputKind.Mask,
                "token_type_ids" => InputKind.Types,
                "position_ids" => InputKind.Positions,
                _ => throw Unknown(path, $"wants the input '{input.Key}'"),
            },
            input.Value.ElementDataType switch
            {
                TensorElementType.Int64 => true,
                TensorElementType.Int32 => false,
                var type => throw Unknown(path, $"wants the input '{input.Key}' as {type}"),
            })).ToArray();
        return inputs.Any(static input => input.Kind == InputKind.Ids)
            ? inputs
            : throw Unknown(path, "has no input 'input_ids'");
    }

    private static IngestException Unknown(string path, string what) => new(
        IngestError.Configuration,
        $"{path} {what}; a text-embedding graph takes input_ids, attention_mask, token_type_ids and position_ids as integers.");
}
