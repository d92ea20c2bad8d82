using System.Runtime.CompilerServices;
using System.Text.Json;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Takes text and id from one JSON object a line. The names are found in the first object.</summary>
internal static class JsonRows
{
    public static async IAsyncEnumerable<LoadRow> ReadAsync(
        TextReader reader,
        FieldNames fields,
        InputPosition position,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? text = null;
        string? id = null;
        await foreach (var line in BoundedLines.ReadAsync(reader, position, cancellationToken))
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            using var document = Parse(line, position);
            if (text is null)
            {
                (text, id) = Names(document.RootElement, fields, position);
            }

            yield return new LoadRow(
                id is null ? null : Id(document.RootElement, id, position),
                Text(document.RootElement, text, position));
        }
    }

    private static JsonDocument Parse(string line, InputPosition position)
    {
        try
        {
            var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw position.Fault("not a JSON object.");
        }
        catch (JsonException exception)
        {
            throw position.Fault("not a JSON object.", exception);
        }
    }

    private static (string Text, string? Id) Names(JsonElement first, FieldNames fields, InputPosition position)
    {
        var names = first.EnumerateObject().Select(property => property.Name).ToList();
        var text = fields.FindText(names);
        var id = fields.FindId(names);
        if (text is null)
        {
            throw position.Fault(fields.Text is null
                ? "no member is known to be the text. Name it with --text-field."
                : $"no member '{fields.Text}'. Fix --text-field.");
        }

        return id is null && fields.Id is { Length: > 0 }
            ? throw position.Fault($"no member '{fields.Id}'. Fix --id-field.")
            : (names[text.Value], id is null ? null : names[id.Value]);
    }

    private static string? Text(JsonElement row, string name, InputPosition position)
    {
        if (!row.TryGetProperty(name, out var value))
        {
            throw position.Fault($"no member '{name}'.");
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => String(value, name, position),
            JsonValueKind.Null => null,
            _ => throw position.Fault($"'{name}' is not a string."),
        };
    }

    private static string Id(JsonElement row, string name, InputPosition position)
    {
        if (!row.TryGetProperty(name, out var value))
        {
            throw position.Fault($"no member '{name}'.");
        }

        var id = value.ValueKind switch
        {
            JsonValueKind.String => String(value, name, position),
            JsonValueKind.Number => value.GetRawText(),
            _ => throw position.Fault($"'{name}' is neither a string nor a number."),
        };
        return id.Length > 0 ? id : throw position.Fault($"'{name}' is empty.");
    }

    private static string String(JsonElement value, string name, InputPosition position)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw position.Fault($"'{name}' holds half a surrogate pair, which is no text.", exception);
        }
    }
}
