namespace IngestEmbeddings.Metrics;

/// <summary>Averages of text metrics over some rows.</summary>
/// <param name="WordRatio">Over the rows that have one; null without a lexicon.</param>
/// <param name="WordCount">Words a row.</param>
/// <param name="Length">Code points a row.</param>
/// <param name="EntityCount">Entities a row; null when they are not counted.</param>
/// <param name="Frequency">Rows with the same text, a row; null when skipped.</param>
public sealed record MetricAverages(double? WordRatio, double WordCount, double Length, double? EntityCount, double? Frequency);
