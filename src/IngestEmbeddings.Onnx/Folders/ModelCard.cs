namespace IngestEmbeddings.Onnx.Folders;

/// <summary>What the head of a model's <c>README.md</c> says of its licence and origin.</summary>
/// <param name="License">The licence, such as <c>apache-2.0</c>; null when it is not stated.</param>
/// <param name="BaseModel">The model that it was made from, as a Hugging Face id; null when it is not stated.</param>
/// <param name="Source">Where the files were taken from, in words; null when it is not stated.</param>
public sealed record ModelCard(string? License, string? BaseModel, string? Source)
{
    private const string Fence = "---";

    /// <summary>Reads the card; null when the folder has none.</summary>
    /// <remarks>
    /// Of the head, which is YAML between two lines of dashes, only plain <c>key: value</c> lines are read. Source:
    /// https://huggingface.co/docs/hub/model-cards
    /// </remarks>
    public static ModelCard? TryRead(string folder)
    {
        var path = Path.Combine(folder, "README.md");
        if (!File.Exists(path))
        {
            return null;
        }

        var lines = File.ReadLines(path).Take(200).ToArray();
        if (lines is not [Fence, ..])
        {
            return null;
        }

        var values = lines.Skip(1).TakeWhile(static line => line != Fence)
            .Select(static line => line.Split(": ", 2))
            .Where(static pair => pair.Length == 2)
            .GroupBy(static pair => pair[0], static pair => pair[1].Trim().Trim('"', '\''), StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.First(), StringComparer.Ordinal);
        return new ModelCard(
            values.GetValueOrDefault("license"), values.GetValueOrDefault("base_model"), values.GetValueOrDefault("source"));
    }
}
