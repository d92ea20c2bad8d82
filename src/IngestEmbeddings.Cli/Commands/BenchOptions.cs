using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>What <c>bench</c> is asked for.</summary>
internal sealed record BenchOptions
{
    internal static readonly OptionSpec SampleRows = new(
        "--rows N", null, $"{OptionTable.Text(Defaults.SampleRows)}; with --write: {OptionTable.Text(Defaults.ScratchRows)}",
        "rows of the table to try with, again and again", OptionGroup.Rows);

    internal static readonly OptionSpec TrySeconds = new(
        "--seconds S", null, OptionTable.Text(Defaults.TrySeconds), "how long each number of workers and batch size is tried", OptionGroup.Work);

    internal static readonly OptionSpec WriteSwitch = new(
        "--write", null, "off",
        "write into a copy of these rows, which is dropped at the end: the speed of a run with its database", OptionGroup.Work) { WritesStore = true };

    private const int MaxRows = 1_000_000;
    private const int MaxThreads = 1024;

    private static readonly TimeSpan MaxSeconds = TimeSpan.FromHours(1);

    public required StoreLocation Store { get; init; }

    public required TableRequest Table { get; init; }

    /// <summary>The model; null for metrics alone.</summary>
    public required ModelOptions? Model { get; init; }

    public EntityCounting Entities { get; init; }

    /// <summary>Rows that are tried.</summary>
    public int Rows { get; init; }

    /// <summary>How long each combination is tried.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>True to write into a copy of the rows.</summary>
    public bool Write { get; init; }

    /// <summary>True for a JSON document instead of a table.</summary>
    public bool Json { get; init; }

    /// <summary>Reads the options. Mistakes go to <paramref name="settings"/>.</summary>
    public static BenchOptions Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var store = StoreChoice.Read(settings, workingDirectory, warn);
        var model = ModelOptions.Read(settings, store, workingDirectory, MaxThreads);
        var write = settings.IsOn(WriteSwitch);
        return new BenchOptions
        {
            Store = store,
            Table = TableOptions.Read(settings),
            Model = settings.IsOn(OptionTable.MetricsOnly) ? null : model,
            Entities = settings.Choice(OptionTable.Entities, Defaults.Entities, "heuristic", "none") == "none"
                ? EntityCounting.None
                : EntityCounting.Heuristic,
            Rows = settings.WholeNumber(SampleRows, MaxRows) ?? (write ? Defaults.ScratchRows : Defaults.SampleRows),
            Time = settings.Seconds(TrySeconds, MaxSeconds) ?? TimeSpan.FromSeconds(Defaults.TrySeconds),
            Write = write,
            Json = settings.IsOn(OptionTable.Json),
        };
    }
}
