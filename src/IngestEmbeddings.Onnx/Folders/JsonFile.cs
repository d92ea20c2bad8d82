using System.Text.Json;
using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Folders;

/// <summary>Reads the small JSON files of a model folder.</summary>
internal static class JsonFile
{
    /// <summary>The most bytes of such a file: those that list thousands of added tokens have one megabyte.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>The root of a file; null when there is no such file.</summary>
    /// <exception cref="IngestException">The file is not JSON of the expected kind.</exception>
    public static JsonElement? TryRead(string folder, string name, JsonValueKind kind = JsonValueKind.Object)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(RegularFile.ReadAllBytes(path, MaxBytes));
            return document.RootElement.ValueKind == kind
                ? document.RootElement.Clone()
                : throw new IngestException(
                    IngestError.Configuration, $"{path} holds {document.RootElement.ValueKind}, not {kind}: it is not the file of a model.");
        }
        catch (JsonException exception)
        {
            throw new IngestException(IngestError.Configuration, $"{path} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A text; null when it is absent or something else.</summary>
    public static string? Text(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A number without its fraction; null when it is absent or something else, such as the 1e30 that stands for "no limit".</summary>
    public static int? Number(this JsonElement? element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number)
            && number is >= int.MinValue and <= int.MaxValue ? (int)number : null;

    /// <summary>True or false; null when it is absent or something else.</summary>
    public static bool? Flag(this JsonElement? element, string name) => element.Member(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A member of any kind; null when it is absent.</summary>
    public static JsonElement? Member(this JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var value) ? value : null;
}
