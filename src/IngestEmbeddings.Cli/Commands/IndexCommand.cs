using System.Globalization;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>index</c> is asked for.</summary>
internal sealed record IndexOptions(StoreLocation Store, TableRequest Table, VectorIndexRequest Request);

/// <summary><c>index</c>: builds an index over the vectors of a table.</summary>
internal sealed class IndexCommand : Command<IndexOptions>
{
    /// <summary>PostgreSQL's own limit of parallel workers.</summary>
    public const int MaxWorkers = 1024;

    // A terabyte: more is a slip of the finger.
    private const int MaxMegabytes = 1 << 20;

    private static readonly OptionSpec Method = new(
        "--method M", null, Defaults.IndexMethod, "the kind of index: hnsw or ivfflat", OptionGroup.Work);

    private static readonly OptionSpec Distance = new(
        "--distance D", null, Defaults.IndexDistance, "what near means: cosine, l2 or ip; bits know their own distance alone",
        OptionGroup.Work);

    private static readonly OptionSpec Memory = new(
        "--memory MB", null, OptionTable.Text(new VectorIndexRequest().MaxMemory >> 20),
        "the maximum memory that the server may take for the build", OptionGroup.Work);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "index",
        Summary = "Builds an index over the vectors of a table, for search (PostgreSQL).",
        Details = "Others read and write meanwhile.",
        Examples =
        [
            new("ingest-embeddings index", "hnsw, for the cosine, over sentences"),
            new("ingest-embeddings index docs --method ivfflat", "built in a fraction of the time, on a table that is full"),
            new("ingest-embeddings index --memory 8000", "8 GB: a build that does not fit takes many times as long"),
        ],
        Arguments = [OptionTable.Table],
        Options = [Method, Distance, Memory, OptionTable.IndexWorkers, .. OptionTable.TableChoice, OptionTable.EmbeddingColumn, OptionTable.Metrics],
    };

    /// <inheritdoc/>
    protected override IndexOptions Read(CommandContext context)
    {
        var settings = context.Settings;
        var store = StoreChoice.Read(settings, context.Folder, context.Messages.Warn);
        var request = new VectorIndexRequest
        {
            Method = settings.Choice(Method, Defaults.IndexMethod, "hnsw", "ivfflat") == "ivfflat"
                ? VectorIndexMethod.IvfFlat
                : VectorIndexMethod.Hnsw,
            Workers = settings.WholeNumber(OptionTable.IndexWorkers, MaxWorkers),
            Distance = settings.Choice(Distance, Defaults.IndexDistance, "cosine", "l2", "ip") switch
            {
                "l2" => VectorDistance.Euclidean,
                "ip" => VectorDistance.InnerProduct,
                _ => VectorDistance.Cosine,
            },
            Observer = new EventChannel(context.Observers),
        };
        if (settings.WholeNumber(Memory, MaxMegabytes) is { } megabytes)
        {
            request = request with { MaxMemory = (long)megabytes << 20 };
        }

        return new IndexOptions(store, TableOptions.Read(settings), request);
    }

    /// <inheritdoc/>
    protected override async Task<int> InvokeAsync(IndexOptions options, CommandContext context, CancellationToken stopping)
    {
        var capabilities = StoreFactory.CapabilitiesOf(options.Store);
        if (!capabilities.IndexesVectors)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The {capabilities.Name} has no indexes over vectors. PostgreSQL has them: {OptionTable.Store.Name} postgresql://user@host/database");
        }

        await using var store = await context.OpenStoreAsync(options.Store, stopping);
        var table = await store.OpenTableAsync(options.Table, stopping);
        var report = await table.Indexing!.BuildIndexAsync(options.Request, stopping);
        context.Messages.Line(string.Create(
            CultureInfo.InvariantCulture, $"Built {report.Name}: {report.Bytes / 1e6:0.0} MB in {report.Elapsed.TotalSeconds:0.0} s"));
        return ExitCode.Done;
    }
}
