using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>load</c> is asked for.</summary>
internal sealed record LoadOptions
{
    internal static readonly OptionSpec FileArgument = new(
        "<file>", null, OptionSpec.Required, "the file to load; - is the standard input", OptionGroup.Arguments);

    internal static readonly OptionSpec IdField = new(
        "--id-field C", null, "found in the header",
        "the field with the id: its name, or its number from 1; empty: the store numbers the rows", OptionGroup.Rows);

    private const string StandardInput = "-";

    public required StoreLocation Store { get; init; }

    public required TableRequest Table { get; init; }

    /// <summary>The full path of the file; null for the standard input.</summary>
    public required string? File { get; init; }

    /// <summary>How messages call the input.</summary>
    public required string Source { get; init; }

    public required RowFormat Format { get; init; }

    public required FieldNames Fields { get; init; }

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static LoadOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var table = TableOptions.Read(settings);
        var file = settings.Find(FileArgument);
        var path = file is null or { Value: StandardInput or "" } ? null : Path.GetFullPath(file.Value, workingDirectory);
        if (file is null or { Value: "" })
        {
            settings.Reject("load needs a table and a file: load sentences corpus.tsv. The file - is the standard input.");
        }
        else if (path is not null && !System.IO.File.Exists(path))
        {
            settings.Reject(file, $"there is no file {path}.");
        }

        return new LoadOptions
        {
            Store = StoreChoice.Read(settings, workingDirectory, warn),
            Table = table,
            File = path,
            Source = path is null ? "standard input" : file!.Value,
            Format = ReadFormat(settings, file),
            Fields = new FieldNames
            {
                Text = settings.Text(OptionTable.TextField),
                Id = settings.Find(IdField)?.Value,
                TextColumn = table.TextColumn,
                IdColumn = table.IdColumn,
            },
        };
    }

    private static RowFormat ReadFormat(SettingsReader settings, Setting? file)
    {
        if (settings.Find(OptionTable.Format) is not null)
        {
            return RowFormats.FromName(settings.Choice(OptionTable.Format, "", [.. RowFormats.Names]));
        }

        if (file is null or { Value: "" })
        {
            return RowFormat.Text;
        }

        var format = RowFormats.FromExtension(file.Value);
        if (format is null)
        {
            settings.Reject(file, "its name does not tell the format; give --format tsv, csv, jsonl or text.");
        }

        return format ?? RowFormat.Text;
    }
}
