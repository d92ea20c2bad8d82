namespace IngestEmbeddings;

/// <summary>Is told how a run goes. Called from any thread, one call at a time.</summary>
public interface IIngestObserver
{
    /// <summary>The workers are connected and begin.</summary>
    /// <param name="workers">How many workers run: fewer than asked for when the server takes no more connections.</param>
    /// <param name="total">Rows to do, the limit counted in.</param>
    void Started(int workers, long total);

    /// <summary>A batch was committed.</summary>
    void BatchWritten(BatchReport report);

    /// <summary>Something that the user should know and need not act on at once.</summary>
    void Notice(string message);
}

/// <summary>What a committed batch was.</summary>
/// <param name="Rows">Rows written.</param>
/// <param name="Processed">Rows written by all workers so far, this batch included.</param>
/// <param name="Total">Rows to do.</param>
/// <param name="Averages">The averages over the rows of the batch; null when it wrote none.</param>
public sealed record BatchReport(int Rows, long Processed, long Total, MetricAverages? Averages);

/// <summary>Averages of text metrics over some rows.</summary>
/// <param name="WordRatio">Over the rows that have one; null without a lexicon.</param>
/// <param name="WordCount">Words a row.</param>
/// <param name="Length">Code points a row.</param>
/// <param name="EntityCount">Entities a row; null when they are not counted.</param>
/// <param name="Frequency">Rows with the same text, a row; null when skipped.</param>
public sealed record MetricAverages(double? WordRatio, double WordCount, double Length, double? EntityCount, double? Frequency);
