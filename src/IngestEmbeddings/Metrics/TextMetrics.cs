namespace IngestEmbeddings.Metrics;

/// <summary>What is measured of a text.</summary>
/// <param name="WordCount">Tokens between runs of Unicode white space.</param>
/// <param name="Length">Unicode code points.</param>
/// <param name="WordRatio">Share of the words that are in the lexicon, 0 to 1; null without a lexicon.</param>
/// <param name="EntityCount">Named entities; null when they are not counted.</param>
/// <param name="Frequency">Rows of the table with exactly this text; null when skipped.</param>
public readonly record struct TextMetrics(int WordCount, int Length, float? WordRatio, int? EntityCount, int? Frequency);
