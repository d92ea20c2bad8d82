using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>index</c> is asked for.</summary>
internal sealed record IndexOptions(StoreLocation Store, TableRequest Table, VectorIndexRequest Request)
{
    // A terabyte: more is a slip of the finger.
    private const int MostMegabytes = 1 << 20;

    /// <summary>PostgreSQL's own limit of parallel workers.</summary>
    public const int MostWorkers = 1024;

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static IndexOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var request = new VectorIndexRequest
        {
            Method = settings.Choice(OptionTable.Method, Defaults.IndexMethod, "hnsw", "ivfflat") == "ivfflat"
                ? VectorIndexMethod.IvfFlat
                : VectorIndexMethod.Hnsw,
            Workers = settings.WholeNumber(OptionTable.IndexWorkers, MostWorkers),
            Distance = settings.Choice(OptionTable.Distance, Defaults.IndexDistance, "cosine", "l2", "ip") switch
            {
                "l2" => VectorDistance.Euclidean,
                "ip" => VectorDistance.InnerProduct,
                _ => VectorDistance.Cosine,
            },
        };
        if (settings.WholeNumber(OptionTable.Memory, MostMegabytes) is { } megabytes)
        {
            request = request with { MaxMemory = (long)megabytes << 20 };
        }

        return new IndexOptions(StoreChoice.Read(settings, workingDirectory, warn), TableOptions.Read(settings), request);
    }
}
