using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Live;

/// <summary>Estimates how long the rest of a run takes.</summary>
internal static class TimeLeft
{
    /// <summary>Estimates by the tokens that are left: rows that are left may be longer or shorter than those that are done.</summary>
    /// <param name="run">The run so far.</param>
    /// <param name="rowsPerSecond">Rows written a second, lately.</param>
    /// <param name="meanTokens">The mean tokens of all rows to do; null where that is not known: then rows count.</param>
    /// <returns>The time; null where nothing was written lately.</returns>
    public static TimeSpan? Of(RunFigures run, double rowsPerSecond, double? meanTokens)
    {
        var done = run.Written + run.Failed;
        if (rowsPerSecond <= 0)
        {
            return null;
        }

        if (run.Tokens == 0 || meanTokens is not { } mean)
        {
            return TimeSpan.FromSeconds(Math.Max(0, run.Total - done) / rowsPerSecond);
        }

        // What is encoded and not yet written is still to do.
        var tokensOfRow = (double)run.Tokens / run.RowsEncoded;
        return TimeSpan.FromSeconds(Math.Max(0, (mean * run.Total) - (done * tokensOfRow)) / (rowsPerSecond * tokensOfRow));
    }
}
