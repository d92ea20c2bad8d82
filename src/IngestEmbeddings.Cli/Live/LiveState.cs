using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Live;

/// <summary>What the live view shows at a moment.</summary>
/// <param name="Table">The table.</param>
/// <param name="Run">The run so far.</param>
/// <param name="RowsPerSecond">Rows written a second, lately.</param>
/// <param name="TokensPerSecond">Tokens encoded a second, lately; 0 where the encoder has none.</param>
/// <param name="Left">How long the rest takes; null where that is not known yet.</param>
/// <param name="Workers">The workers, by number.</param>
internal sealed record LiveState(
    string Table, RunFigures Run, double RowsPerSecond, double TokensPerSecond, TimeSpan? Left, IReadOnlyList<WorkerState> Workers);
