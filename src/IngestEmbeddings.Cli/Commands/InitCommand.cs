using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>init</c> is asked for.</summary>
internal sealed record InitOptions(StoreLocation Store, InitRequest Request);

/// <summary><c>init</c>: creates what a table lacks.</summary>
internal sealed class InitCommand : Command<InitOptions>
{
    private static readonly OptionSpec Dimensions = new(
        "--dimensions N", null, OptionTable.Text(Defaults.Dimensions), "dimensions of the vectors of a column that is created", OptionGroup.Work);

    private static readonly OptionSpec Into = new(
        "--into PLACE", null, Defaults.Into,
        "where the vectors go: column (of the table), or table (a separate one, TABLE_embeddings; PostgreSQL)", OptionGroup.Work);

    private static readonly OptionSpec VectorType = new(
        "--vector-type TYPE", null, Defaults.VectorType,
        "what a new column keeps: vector, halfvec (half the room), or bit (signs alone); the last two in PostgreSQL", OptionGroup.Work);

    private static readonly OptionSpec TrackChanges = new(
        "--track-changes", null, "off", "let the table note its changes by triggers, for run --watch (PostgreSQL)", OptionGroup.Work);

    private static readonly OptionSpec Untrack = new(
        "--untrack", null, "off", "take those triggers away (PostgreSQL)", OptionGroup.Work);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "init",
        CreatesStore = true,
        Summary = "Creates what a table lacks: the table itself, a place for its vectors, its metrics table.",
        Details = "What exists already stays as it is.",
        Examples =
        [
            new("ingest-embeddings init", "sentences, 384 dimensions"),
            new("ingest-embeddings init docs --dimensions 768", "for a model of 768 dimensions"),
            new("ingest-embeddings init --schema corpus", "in a schema of its own"),
        ],
        Arguments = [OptionTable.Table],
        Options = [Dimensions, Into, VectorType, TrackChanges, Untrack, .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics],
    };

    /// <inheritdoc/>
    protected override InitOptions Read(CommandContext context)
    {
        var settings = context.Settings;
        var store = StoreChoice.Read(settings, context.Folder, context.Messages.Warn);
        var capabilities = StoreFactory.CapabilitiesOf(store);
        var type = settings.Choice(VectorType, Defaults.VectorType, "vector", "halfvec", "bit");
        var form = type switch
        {
            "halfvec" => VectorForm.Half,
            "bit" => VectorForm.Sign,
            _ => VectorForm.Single,
        };
        if (!capabilities.MaxDimensions.TryGetValue(form, out var max))
        {
            max = int.MaxValue;
            settings.Reject($"{VectorType.Name} {type}: the {capabilities.Name} keeps no such vectors.");
        }

        var place = settings.Choice(Into, Defaults.Into, "column", "table") == "table" ? VectorPlace.Table : VectorPlace.Column;
        if (!capabilities.Places.Contains(place))
        {
            settings.Reject($"{Into.Name} table: the {capabilities.Name} keeps vectors in a column of the table.");
        }

        var dimension = settings.WholeNumber(Dimensions, max, $"the maximum of a {type}");
        return new InitOptions(store, new InitRequest
        {
            Table = TableOptions.Read(settings),
            Dimension = dimension ?? Defaults.Dimensions,
            RequiresDimension = dimension is not null,
            Place = place,
            Form = form,
            TracksChanges = ReadTracking(settings, capabilities),
        });
    }

    private static bool? ReadTracking(SettingsReader settings, StoreCapabilities capabilities)
    {
        bool? tracks = settings.IsOn(TrackChanges) ? true : settings.IsOn(Untrack) ? false : null;
        if (tracks is not null && !capabilities.TracksChanges)
        {
            settings.Reject($"{TrackChanges.Name}: the {capabilities.Name} tells changes by itself.");
        }

        if (settings.IsOn(TrackChanges) && settings.IsOn(Untrack))
        {
            settings.Reject($"{TrackChanges.Name} and {Untrack.Name}: give one of them.");
        }

        return tracks;
    }

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(InitOptions options, CommandContext context, CancellationToken stopping)
    {
        await using var store = await context.OpenStoreAsync(options.Store, stopping);
        var report = await store.InitAsync(options.Request, stopping);
        foreach (var created in report.Created)
        {
            context.Messages.Line($"Created {created}");
        }

        var table = report.Table;
        context.Messages.Line(report.Created.Count == 0
            ? $"Nothing to create: {table.Name} has {table.EmbeddingColumn} {table.VectorType}{(table.MetricsTable is { } metrics ? $" and {metrics}" : "")}."
            : $"{table.Name} is ready in {store.Location}.");
        return ExitCode.Done;
    }
}
