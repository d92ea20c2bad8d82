using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>search</c> is asked for.</summary>
internal sealed record SearchChoice
{
    private const int MaxTop = 10_000;
    private const int MaxThreads = 1024;

    public static readonly OptionSpec TextArgument = new(
        "<text>", null, "each line of the standard input", "what to look for", OptionGroup.Arguments);

    public static readonly OptionSpec Like = new(
        "--like KEY", null, "none", "the neighbours of the row with this key instead of a text; loads no model; of several key columns, their values with commas",
        OptionGroup.Work);

    public static readonly OptionSpec Hybrid = new(
        "--hybrid", null, "off",
        "fuse the nearest rows with those that have all words of the text, by reciprocal ranks; needs a full text: a tsvector column, an index over to_tsvector, or an FTS5 table",
        OptionGroup.Work);

    public static readonly OptionSpec Exact = new(
        "--exact", null, "off", "compare every vector, also where there is an index (PostgreSQL)", OptionGroup.Work);

    public static readonly OptionSpec Top = new(
        "--top N", null, OptionTable.Text(new SearchOptions().Top), "the maximum rows to show", OptionGroup.Rows);

    public static readonly OptionSpec Columns = new(
        "--columns LIST", null, "none", "columns of the table or its metrics to show with each row, with commas between them", OptionGroup.Output);

    public static readonly OptionSpec Json = new("--json", null, "off", "a JSON object for each text, one a line", OptionGroup.Output);

    public static readonly OptionSpec Sql = new(
        "--sql", null, "off", "print the statement with its parameters instead of running it", OptionGroup.Output);

    public required StoreLocation Store { get; init; }

    public required TableRequest Table { get; init; }

    /// <summary>The model; null where none is loaded.</summary>
    public required ModelOptions? Model { get; init; }

    /// <summary>The text; null: the lines of the standard input, or <see cref="LikeKey"/>.</summary>
    public string? Text { get; init; }

    /// <summary>The key of the row whose neighbours are looked for; null for a text.</summary>
    public string? LikeKey { get; init; }

    public required SearchOptions Search { get; init; }

    public bool ShowsJson { get; init; }

    public bool ShowsSql { get; init; }

    /// <summary>Reads the options. Mistakes go to <see cref="CommandContext.Settings"/>.</summary>
    public static SearchChoice Read(CommandContext context)
    {
        var settings = context.Settings;
        var store = StoreChoice.Read(settings, context.Folder, context.Messages.Warn);
        var text = settings.Text(TextArgument);
        var like = settings.Text(Like);
        Check(settings, text, like, context.Process.InputIsTerminal);
        var model = ModelOptions.Read(settings, store, context.Folder, MaxThreads);
        return new SearchChoice
        {
            Store = store,
            Table = TableOptions.Read(settings),
            Model = like is null ? model : null,
            Text = text,
            LikeKey = like,
            Search = new SearchOptions
            {
                Top = settings.WholeNumber(Top, MaxTop) ?? new SearchOptions().Top,
                Columns = [.. (settings.Text(Columns) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static name => QuotedName.Read(name)!)],
                Exact = settings.IsOn(Exact),
                Hybrid = settings.IsOn(Hybrid),
            },
            ShowsJson = settings.IsOn(Json),
            ShowsSql = settings.IsOn(Sql),
        };
    }

    private static void Check(SettingsReader settings, string? text, string? like, bool inputIsTerminal)
    {
        if (text is not null && like is not null)
        {
            settings.Reject($"{Like.Name} looks for the neighbours of a row: give it or a text.");
        }

        if (text is null && like is null && inputIsTerminal)
        {
            settings.Reject($"search needs a text after the table, {Like.Name} with a key, or texts on the standard input, one a line.");
        }

        if (like is not null && settings.IsOn(Hybrid))
        {
            settings.Reject($"{Hybrid.Name} looks for the words of a text: not with {Like.Name}.");
        }

        if (settings.IsOn(Sql) && settings.IsOn(Json))
        {
            settings.Reject($"{Sql.Name} prints a statement and {Json.Name} prints rows: give one of them.");
        }
    }
}
