using System.Globalization;
using System.Net;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>run</c> is asked for, complete and checked as far as it can be without opening anything.</summary>
internal sealed record RunOptions
{
    // More workers than that is a slip of the finger: each is a connection and a window of rows in memory.
    private const int MaxWorkers = 1024;

    // A window holds at least a batch: 100,000 vectors of 1024 components are 400 MB for each worker.
    private const int MaxBatchSize = 100_000;

    private const int MaxThreads = 1024;

    private const int MaxAdoptSample = 100_000;

    private static readonly TimeSpan MaxSleep = TimeSpan.FromDays(1);

    public required StoreLocation Store { get; init; }

    public required TableRequest Table { get; init; }

    public required IngestOptions Ingest { get; init; }

    /// <summary>The model; null for metrics alone.</summary>
    public required ModelOptions? Model { get; init; }

    /// <summary>True to compute the frequency.</summary>
    public bool Frequency { get; init; }

    /// <summary>True when it is not computed only because there are several workers.</summary>
    public bool FrequencySkipped { get; init; }

    /// <summary>The full path of the lexicon; null when none was named.</summary>
    public string? Lexicon { get; init; }

    /// <summary>The language; null when none was named.</summary>
    public TextLanguage? Language { get; init; }

    public EntityCounting Entities { get; init; }

    /// <summary>True to replace existing vectors.</summary>
    public bool Reembed { get; init; }

    /// <summary>True to end another run over the same column first.</summary>
    public bool Supersede { get; init; }

    /// <summary>True to do the failed rows of earlier runs again.</summary>
    public bool RetryFailed { get; init; }

    public bool DryRun { get; init; }

    /// <summary>True to wait for new and changed rows when every row is done.</summary>
    public bool Watch { get; init; }

    /// <summary>True to make the metrics of every row that has a vector again.</summary>
    public bool Recompute { get; init; }

    /// <summary>What is done with rows whose text has changed.</summary>
    public ChangedTexts Changed { get; init; }

    /// <summary>True to remove what rows that are gone have left, and do nothing else.</summary>
    public bool Prune { get; init; }

    /// <summary>True to split the texts of the table first, and then do the rows of the table of chunks.</summary>
    public bool Split { get; init; }

    /// <summary>True to drop the indexes over the vectors and to build them again at the end.</summary>
    public bool RebuildIndex { get; init; }

    /// <summary>The server's parallel workers for that; null for what is safe.</summary>
    public int? IndexWorkers { get; init; }

    /// <summary>How progress is shown.</summary>
    public ProgressForm Progress { get; init; }

    /// <summary>The full path of the file for the receipt; null for none.</summary>
    public string? Receipt { get; init; }

    /// <summary>Where metrics are served; null for nowhere.</summary>
    public IPEndPoint? MetricsAddress { get; init; }

    /// <summary>What the run makes for each row.</summary>
    public IngestWork WorkOf(IngestJob job) => job.Work is EmbedWork embed
        ? embed with { Replace = Reembed, Changed = Changed }
        : new MeasureWork { Recompute = Recompute };

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static RunOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var store = StoreChoice.Read(settings, workingDirectory, warn);
        var ingest = new IngestOptions
        {
            BatchSize = settings.WholeNumber(OptionTable.BatchSize, MaxBatchSize) ?? Defaults.Ingest.BatchSize,
            Workers = settings.WholeNumber(OptionTable.Workers, MaxWorkers) ?? Defaults.Ingest.Workers,
            Sleep = settings.Seconds(OptionTable.Sleep, MaxSleep) ?? Defaults.Ingest.Sleep,
            Limit = settings.LongNumber(OptionTable.Limit),
            MaxFailures = settings.LongNumber(OptionTable.MaxFailures),
            AdoptSample = settings.WholeNumber(OptionTable.AdoptSample, MaxAdoptSample) ?? new IngestOptions().AdoptSample,
        };
        var model = ModelOptions.Read(settings, store, workingDirectory, MaxThreads);
        var frequency = ReadFrequency(settings);
        return new RunOptions
        {
            Store = store,
            Table = TableOptions.Read(settings),
            Ingest = ingest,
            Model = settings.IsOn(OptionTable.MetricsOnly) || settings.IsOn(OptionTable.Prune) ? null : model,
            Changed = ReadChanged(settings),
            Watch = ReadWatch(settings),
            Recompute = ReadRecompute(settings),
            Split = ReadSplit(settings),
            Prune = settings.IsOn(OptionTable.Prune),
            Frequency = frequency == "always" || (frequency == "auto" && ingest.Workers == 1),
            FrequencySkipped = frequency == "auto" && ingest.Workers > 1,
            Lexicon = ReadLexicon(settings, workingDirectory),
            Language = ReadLanguage(settings),
            Entities = settings.Choice(OptionTable.Entities, Defaults.Entities, "heuristic", "none") == "none"
                ? EntityCounting.None
                : EntityCounting.Heuristic,
            Reembed = ReadReembed(settings, StoreFactory.CapabilitiesOf(store)),
            Supersede = ReadSupersede(settings, StoreFactory.CapabilitiesOf(store)),
            RetryFailed = settings.IsOn(OptionTable.RetryFailed),
            DryRun = settings.IsOn(OptionTable.DryRun),
            RebuildIndex = ReadRebuildIndex(settings, StoreFactory.CapabilitiesOf(store)),
            IndexWorkers = settings.WholeNumber(OptionTable.IndexWorkers, IndexCommand.MaxWorkers),
            Progress = settings.Choice(OptionTable.Progress, Defaults.Progress, "auto", "bar", "plain", "json", "none") switch
            {
                "auto" or "bar" => ProgressForm.Live,
                "json" => ProgressForm.Json,
                "none" => ProgressForm.None,
                _ => ProgressForm.Plain,
            },
            Receipt = ReadReceipt(settings, workingDirectory),
            MetricsAddress = ReadMetricsAddress(settings),
        };
    }

    private static string ReadFrequency(SettingsReader settings)
    {
        var frequency = settings.Choice(OptionTable.Frequency, Defaults.Frequency, "auto", "always", "never");
        if (!TableOptions.HasNoMetrics(settings))
        {
            return frequency;
        }

        if (settings.IsOn(OptionTable.MetricsOnly))
        {
            settings.Reject($"{OptionTable.MetricsOnly.Name} makes metrics and {OptionTable.Metrics.Name} none keeps none: give one of them.");
        }

        return "never";
    }

    private static bool ReadSplit(SettingsReader settings)
    {
        var wanted = settings.IsOn(OptionTable.Split);
        OptionSpec[] others = [OptionTable.MetricsOnly, OptionTable.DryRun, OptionTable.Prune, OptionTable.Watch, OptionTable.EmbeddingColumn];
        foreach (var other in others.Where(other => wanted && settings.Find(other) is not null))
        {
            settings.Reject($"{OptionTable.Split.Name} makes vectors of chunks: not with {other.Name}. For the chunks themselves, name their table.");
        }

        return wanted;
    }

    private static bool ReadWatch(SettingsReader settings)
    {
        var wanted = settings.IsOn(OptionTable.Watch);
        OptionSpec[] others = [OptionTable.MetricsOnly, OptionTable.DryRun, OptionTable.Prune, OptionTable.Limit, OptionTable.Changed];
        foreach (var other in others.Where(other => wanted && settings.IsOn(other)))
        {
            settings.Reject($"{OptionTable.Watch.Name} does every new and changed row, until it is stopped: not with {other.Name}.");
        }

        return wanted;
    }

    private static bool ReadRecompute(SettingsReader settings)
    {
        var wanted = settings.IsOn(OptionTable.Recompute);
        if (wanted && !settings.IsOn(OptionTable.MetricsOnly))
        {
            settings.Reject($"{OptionTable.Recompute.Name} makes metrics again, not vectors: give {OptionTable.MetricsOnly.Name} too. For vectors: {OptionTable.Reembed.Name}.");
        }

        return wanted;
    }

    private static ChangedTexts ReadChanged(SettingsReader settings)
    {
        var choice = settings.Choice(OptionTable.Changed, Defaults.Changed, "auto", "ignore", "only");
        if (choice == "only" && settings.IsOn(OptionTable.MetricsOnly))
        {
            settings.Reject($"{OptionTable.Changed.Name} only makes vectors again and {OptionTable.MetricsOnly.Name} makes none: give one of them.");
        }

        return choice switch
        {
            "ignore" => ChangedTexts.Ignored,
            "only" => ChangedTexts.Only,
            _ => ChangedTexts.Included,
        };
    }

    private static bool ReadReembed(SettingsReader settings, StoreCapabilities store)
    {
        var wanted = settings.IsOn(OptionTable.Reembed);
        if (wanted && !store.ReplacesVectors)
        {
            settings.Reject($"{OptionTable.Reembed.Name}: the {store.Name} does not replace vectors row by row. Load the table into another file and run on that.");
        }

        if (wanted && settings.IsOn(OptionTable.MetricsOnly))
        {
            settings.Reject($"{OptionTable.Reembed.Name} makes vectors and {OptionTable.MetricsOnly.Name} makes none: give one of them.");
        }

        return wanted;
    }

    private static bool ReadRebuildIndex(SettingsReader settings, StoreCapabilities store)
    {
        var wanted = settings.IsOn(OptionTable.RebuildIndex);
        if (wanted && !store.IndexesVectors)
        {
            settings.Reject($"{OptionTable.RebuildIndex.Name}: the {store.Name} has no indexes over vectors.");
        }

        if (wanted && (settings.IsOn(OptionTable.MetricsOnly) || settings.Find(OptionTable.Limit) is not null))
        {
            settings.Reject($"{OptionTable.RebuildIndex.Name} is for runs that write all vectors: not with {OptionTable.MetricsOnly.Name} or {OptionTable.Limit.Name}.");
        }

        return wanted;
    }

    private static bool ReadSupersede(SettingsReader settings, StoreCapabilities store)
    {
        var wanted = settings.IsOn(OptionTable.Supersede);
        if (wanted && !store.SharesRuns)
        {
            settings.Reject($"{OptionTable.Supersede.Name}: the {store.Name} has no runs of other machines to end.");
        }

        if (wanted && settings.IsOn(OptionTable.MetricsOnly))
        {
            settings.Reject($"{OptionTable.Supersede.Name} ends a run with another model, and {OptionTable.MetricsOnly.Name} has none: give one of them.");
        }

        return wanted;
    }

    private static string? ReadLexicon(SettingsReader settings, string workingDirectory)
    {
        if (settings.Find(OptionTable.Lexicon) is not { } setting)
        {
            return null;
        }

        var path = Path.GetFullPath(setting.Value, workingDirectory);
        if (!File.Exists(path))
        {
            settings.Reject(setting, $"there is no file {path}.");
        }

        return path;
    }

    // A port alone is open to this machine only.
    private static IPEndPoint? ReadMetricsAddress(SettingsReader settings)
    {
        if (settings.Find(OptionTable.MetricsPort) is not { } setting)
        {
            return null;
        }

        if (int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= IPEndPoint.MaxPort)
        {
            return new IPEndPoint(IPAddress.Loopback, port);
        }

        if (IPEndPoint.TryParse(setting.Value, out var address) && address.Port > 0)
        {
            return address;
        }

        settings.Reject(setting, "give a port, such as 9464, or an address and a port, such as 0.0.0.0:9464.");
        return null;
    }

    private static string? ReadReceipt(SettingsReader settings, string workingDirectory)
    {
        if (settings.Text(OptionTable.Receipt) is not { } file)
        {
            return null;
        }

        var path = Path.GetFullPath(file, workingDirectory);
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path)))
        {
            settings.Reject($"{OptionTable.Receipt.Name} {file}: give a file in a folder that exists.");
        }

        return path;
    }

    private static TextLanguage? ReadLanguage(SettingsReader settings)
    {
        if (settings.Find(OptionTable.Language) is not { } setting)
        {
            return null;
        }

        if (setting.Value != Defaults.SampleLanguage)
        {
            settings.Reject(setting, "only haw has rules of its own; leave it out for other languages.");
        }

        return TextLanguage.Hawaiian;
    }
}
