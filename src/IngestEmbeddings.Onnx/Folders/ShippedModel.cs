namespace IngestEmbeddings.Onnx.Folders;

/// <summary>The model that comes with the program.</summary>
public static class ShippedModel
{
    /// <summary>Its name, as <c>--model</c> takes it: English, 384 dimensions, 256 tokens.</summary>
    public const string Name = "all-MiniLM-L6-v2";

    /// <summary>Its folder, next to the program; missing only where the program was copied without it.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "models", Name);
}
