using System.Text.Json;

namespace IngestEmbeddings.Onnx.Files;

/// <summary>One object of a tokenizer's JSON file, with the place it stands at, so that a fault names it.</summary>
/// <remarks><see cref="Close"/> refuses members that were not read: what is not understood is not skipped.</remarks>
internal sealed class JsonPart
{
    private readonly string _file;
    private readonly JsonElement _element;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public JsonPart(string file, string path, JsonElement element)
    {
        _file = file;
        Path = path;
        _element = element;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Fault($"should be an object and is {Kind(element)}");
        }
    }

    /// <summary>Where the part stands in its file, as <c>normalizer.normalizers[2]</c>; empty for the whole file.</summary>
    public string Path { get; }

    /// <summary>The part's <c>type</c>.</summary>
    public string Type => String("type");

    public IngestException Fault(string what) => new(
        IngestError.Configuration,
        Path.Length == 0 ? $"{_file}: {what}." : $"{_file}: {Path}: {what}.");

    public IngestException Fault(string member, string what) =>
        new(IngestError.Configuration, $"{_file}: {Join(member)}: {what}.");

    /// <summary>A fault that names a part of which this version does not know what it does.</summary>
    public IngestException UnknownType(string kind) => Fault(
        "type",
        $"the {kind} '{Type}' is not known to this version, and leaving it out would change the tokens");

    public bool Has(string member) => TryGet(member, out _);

    public JsonPart Part(string member) =>
        TryGet(member, out var value) ? new JsonPart(_file, Join(member), value) : throw Missing(member);

    public JsonPart? OptionalPart(string member) =>
        TryGet(member, out var value) ? new JsonPart(_file, Join(member), value) : null;

    public IReadOnlyList<JsonPart> Parts(string member)
    {
        var parts = new List<JsonPart>();
        foreach (var element in Array(member).EnumerateArray())
        {
            parts.Add(new JsonPart(_file, $"{Join(member)}[{parts.Count}]", element));
        }

        return parts;
    }

    public JsonElement Array(string member) => Of(member, JsonValueKind.Array, "an array");

    /// <summary>The raw value of a member that has more than one form.</summary>
    public JsonElement? Raw(string member) => TryGet(member, out var value) ? value : null;

    public IEnumerable<string> Members => _element.EnumerateObject().Select(NameOf);

    /// <summary>The name of a member, which JSON allows to hold half a surrogate pair.</summary>
    public string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw Fault("has a name that holds half a surrogate pair");
        }
    }

    public string String(string member) => Text(member, Of(member, JsonValueKind.String, "a string"));

    public string String(string member, string absent) => Has(member) ? String(member) : absent;

    public string? OptionalString(string member) => Has(member) ? String(member) : null;

    public int Int(string member) =>
        TryGet(member, out var value) ? Number(member, value) : throw Missing(member);

    public int Int(string member, int absent) => Has(member) ? Int(member) : absent;

    public int? OptionalInt(string member) => Has(member) ? Int(member) : null;

    public bool Bool(string member) => TryGet(member, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Fault(member, $"should be true or false and is {Kind(value)}"),
        }
        : throw Missing(member);

    public bool Bool(string member, bool absent) => Has(member) ? Bool(member) : absent;

    /// <summary>The text of a string value, which JSON allows to hold half a surrogate pair.</summary>
    public string Text(string member, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw Fault(member, $"should be a string and is {Kind(value)}");
        }
        catch (InvalidOperationException)
        {
            throw Fault(member, "holds half a surrogate pair");
        }
    }

    public int Number(string member, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw Fault(member, $"should be a whole number and is {Kind(value)}");

    /// <summary>Marks members as known and of no consequence for the ids.</summary>
    public void Ignore(params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            _read.Add(member);
        }
    }

    /// <summary>Ends the reading of this part.</summary>
    public void Close()
    {
        foreach (var member in Members)
        {
            if (!_read.Contains(member))
            {
                throw Fault(member, "is not known to this version, and leaving it out might change the tokens");
            }
        }
    }

    private JsonElement Of(string member, JsonValueKind kind, string article) => !TryGet(member, out var value)
        ? throw Missing(member)
        : value.ValueKind == kind ? value : throw Fault(member, $"should be {article} and is {Kind(value)}");

    private bool TryGet(string member, out JsonElement value)
    {
        _read.Add(member);
        return _element.TryGetProperty(member, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private IngestException Missing(string member) => Fault(member, "is missing");

    private string Join(string member) => Path.Length == 0 ? member : $"{Path}.{member}";

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "the number " + element.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };
}
