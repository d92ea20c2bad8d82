using System.Text.Json;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>How the vectors of a text's tokens become one vector.</summary>
public enum Pooling
{
    /// <summary>The average over the tokens, padding left out.</summary>
    Mean,

    /// <summary>The vector of the first token.</summary>
    Cls,

    /// <summary>The largest value of each component, padding left out.</summary>
    Max,

    /// <summary>The vector of the last token before the padding.</summary>
    LastToken,
}

/// <summary>Reads the configuration of sentence-transformers' pooling module.</summary>
internal static class PoolingFile
{
    private const string ModePrefix = "pooling_mode_";

    /// <summary>Reads <c>config.json</c> of a pooling module's folder.</summary>
    /// <returns>The pooling, and whether the tokens of a prompt take part in it (<c>include_prompt</c>).</returns>
    /// <exception cref="IngestException">There is none, or it asks for a pooling that is not known.</exception>
    public static (Pooling Pooling, bool IncludesPrompt) Read(string folder)
    {
        var config = JsonFile.TryRead(folder, "config.json") ?? throw new IngestException(
            IngestError.Configuration, $"{Path.Combine(folder, "config.json")} is missing: the pooling is not known.");
        var modes = new List<string>();
        foreach (var member in config.EnumerateObject())
        {
            if (member.Name == "pooling_mode" && member.Value.ValueKind == JsonValueKind.String)
            {
                modes.Add(member.Value.GetString()!);
            }
            else if (member.Name.StartsWith(ModePrefix, StringComparison.Ordinal) && member.Value.ValueKind == JsonValueKind.True)
            {
                modes.Add(member.Name[ModePrefix.Length..]);
            }
        }

        var includesPrompt = !config.TryGetProperty("include_prompt", out var include) || include.ValueKind != JsonValueKind.False;
        var pooling = modes.Distinct().ToArray() switch
        {
            ["mean_tokens" or "mean"] => Pooling.Mean,
            ["cls_token" or "cls"] => Pooling.Cls,
            ["max_tokens" or "max"] => Pooling.Max,
            ["lasttoken"] => Pooling.LastToken,
            var unknown => throw new IngestException(
                IngestError.Configuration,
                $"{folder} asks for the pooling '{string.Join(" + ", unknown)}'; known are mean, cls, max and lasttoken, one at a time."),
        };
        return (pooling, includesPrompt);
    }
}
