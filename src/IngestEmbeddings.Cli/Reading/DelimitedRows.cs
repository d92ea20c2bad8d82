using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Reading;

/// <summary>Finds text and id in records of fields.</summary>
/// <remarks>
/// The first record is a header when the fields are asked for by name, or when it holds a usual name of a text column.
/// Without one, a record of one field is a text, and a record of two an id and a text.
/// </remarks>
internal static class DelimitedRows
{
    public static async IAsyncEnumerable<LoadRow> ReadAsync(
        IAsyncEnumerable<string[]> records, FieldNames fields, InputPosition position, char separator)
    {
        var count = 0;
        var text = 0;
        int? id = null;
        await foreach (var record in records)
        {
            if (count == 0)
            {
                count = record.Length;
                if (record is [var only] && OtherSeparators.Find(only, separator, fields) is { } fault)
                {
                    throw position.FaultOfAll(fault);
                }

                (text, id, var isHeader) = Places(record, fields, position);
                if (isHeader)
                {
                    continue;
                }
            }

            if (record.Length != count)
            {
                throw position.Fault($"{Fields(record.Length)} where the first line has {count}.");
            }

            var key = id is null ? null : record[id.Value];
            if (key is { Length: 0 })
            {
                throw position.Fault("the id is empty. Use --id-field '' to have the rows numbered.");
            }

            yield return new LoadRow(key, record[text]);
        }
    }

    private static (int Text, int? Id, bool IsHeader) Places(string[] first, FieldNames fields, InputPosition position)
    {
        var text = fields.FindText(first);
        var id = fields.FindId(first);
        var textPlace = FieldNames.Place(fields.Text);
        var idPlace = FieldNames.Place(fields.Id);
        if (fields.Text is not null && text is null && textPlace is null)
        {
            throw position.FaultOfAll($"no field '{fields.Text}' in its first line. Fix --text-field.");
        }

        if (fields.Id is { Length: > 0 } && id is null && idPlace is null)
        {
            throw position.FaultOfAll($"no field '{fields.Id}' in its first line. Fix --id-field.");
        }

        var byName = (fields.Text is not null && text is not null) || (fields.Id is not null && id is not null);
        var isHeader = byName || (fields.Text is null && text is not null) || (textPlace is not null && id is not null && fields.Id is null);
        text ??= textPlace;
        id ??= idPlace;
        if (text is null && first.Length is 1 or 2 && !isHeader)
        {
            text = first.Length - 1;
            id ??= first.Length == 2 && !fields.NumbersRows ? 0 : null;
        }

        if (text is null)
        {
            throw position.FaultOfAll(
                $"{Fields(first.Length)} in its first line and none is known to be the text. Name it with --text-field, by name or by number.");
        }

        if (text >= first.Length || id >= first.Length)
        {
            throw position.FaultOfAll($"there is no field {Math.Max(text.Value, id ?? 0) + 1}: its first line has {first.Length}.");
        }

        return (text.Value, id, isHeader);
    }

    private static string Fields(int count) => count == 1 ? "1 field" : $"{count} fields";
}
