using System.Buffers.Binary;
using System.Text.Json;

namespace IngestEmbeddings.Http.Endpoints;

/// <summary>What an endpoint answered: https://platform.openai.com/docs/api-reference/embeddings</summary>
/// <param name="Vectors">The vectors in the order of the texts.</param>
/// <param name="Model">What the server calls its model; empty when it does not say.</param>
/// <param name="Tokens">The tokens that it counted; 0 when it does not say.</param>
internal sealed record EmbeddingsAnswer(float[][] Vectors, string Model, long Tokens)
{
    /// <summary>Reads an answer.</summary>
    /// <param name="json">The body.</param>
    /// <param name="count">The texts of the request.</param>
    /// <exception cref="FormatException">The answer does not give one vector a text.</exception>
    public static EmbeddingsAnswer Read(ReadOnlyMemory<byte> json, int count)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var vectors = new float[count][];
            var data = root.GetProperty("data");
            foreach (var (item, place) in data.EnumerateArray().Select(static (item, place) => (item, place)))
            {
                // Servers may answer in any order; the index says which text is meant.
                var index = item.TryGetProperty("index", out var stated) ? stated.GetInt32() : place;
                if (index < 0 || index >= count || vectors[index] is not null)
                {
                    throw new FormatException($"it has an entry with the index {index} for {count} texts");
                }

                vectors[index] = ReadVector(item.GetProperty("embedding"));
            }

            return Array.TrueForAll(vectors, static vector => vector is not null)
                ? new EmbeddingsAnswer(vectors, Text(root, "model"), ReadTokens(root))
                : throw new FormatException($"it has {data.GetArrayLength()} vectors for {count} texts");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it is not a list of embeddings", fault);
        }
    }

    /// <summary>Numbers, or the bytes of little-endian 32-bit floats in Base64, which are a quarter of the size.</summary>
    private static float[] ReadVector(JsonElement embedding)
    {
        if (embedding.ValueKind != JsonValueKind.String)
        {
            return [.. embedding.EnumerateArray().Select(static number => number.GetSingle())];
        }

        var bytes = embedding.GetBytesFromBase64();
        if (bytes.Length % sizeof(float) != 0)
        {
            throw new FormatException("an embedding in Base64 is no list of 32-bit floats");
        }

        var vector = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return vector;
    }

    private static string Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long ReadTokens(JsonElement root) =>
        root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
        && (usage.TryGetProperty("total_tokens", out var tokens) || usage.TryGetProperty("prompt_tokens", out tokens))
        && tokens.ValueKind == JsonValueKind.Number
            ? tokens.GetInt64()
            : 0;
}
