namespace IngestEmbeddings.Stores;

/// <summary>How the metrics table of a table, its key and its columns are named. Every store follows these names.</summary>
public static class MetricsNames
{
    /// <summary>The share of the words that are in the lexicon.</summary>
    public static readonly MetricsColumn WordRatio = new("word_ratio", "hawaiian_word_ratio");

    /// <summary>The words.</summary>
    public static readonly MetricsColumn WordCount = new("word_count");

    /// <summary>The code points.</summary>
    public static readonly MetricsColumn Length = new("length");

    /// <summary>The entities.</summary>
    public static readonly MetricsColumn EntityCount = new("entity_count");

    /// <summary>The rows of the table with the same text.</summary>
    public static readonly MetricsColumn Frequency = new("frequency");

    /// <summary>The time of the write. A metrics table may be without it.</summary>
    public static readonly MetricsColumn UpdatedAt = new("updated_at");

    /// <summary>
    /// A hash of the text that the vector was made of, by which a changed text is noticed; NULL where it is unknown. A table
    /// without it still works.
    /// </summary>
    public static readonly MetricsColumn TextHash = new("text_hash");

    /// <summary>The columns that every metrics table has, in the order of the statements. The first is a real number, the others are integers.</summary>
    public static IReadOnlyList<MetricsColumn> Required { get; } = [WordRatio, WordCount, Length, EntityCount, Frequency];

    /// <summary>The name of the metrics table of a table.</summary>
    /// <param name="table">The table, without its schema.</param>
    /// <param name="comparison">How the store compares names. Default: with regard to case.</param>
    public static string TableName(string table, StringComparison comparison = StringComparison.Ordinal) =>
        Subject(table, comparison) is { } subject ? $"{subject}_metrics" : $"{table}_metrics";

    /// <summary>The name that a key of one column is created with in the metrics table.</summary>
    /// <param name="table">The table, without its schema.</param>
    /// <param name="key">The key column of the table.</param>
    /// <param name="comparison">How the store compares names. Default: with regard to case.</param>
    public static string KeyName(string table, string key, StringComparison comparison = StringComparison.Ordinal) =>
        Subject(table, comparison) is { } subject ? $"{subject}id" : key;

    /// <summary>The names that a key of one column may have in an existing metrics table, the preferred one first.</summary>
    /// <param name="table">The table, without its schema.</param>
    /// <param name="key">The key column of the table.</param>
    public static IReadOnlyList<string> KeyNames(string table, string key)
    {
        ArgumentNullException.ThrowIfNull(table);
        var singular = table.TrimEnd('s');
        return [KeyName(table, key), key, $"{singular}id", $"{singular}_id"];
    }

    private static string? Subject(string table, StringComparison comparison) =>
        string.Equals(table, "sentences", comparison) ? "sentence"
        : string.Equals(table, "documents", comparison) ? "document"
        : null;
}

/// <summary>A column of a metrics table.</summary>
/// <param name="Names">The names that it may have. It is created with the first.</param>
public sealed record MetricsColumn(params IReadOnlyList<string> Names)
{
    /// <summary>The name that it is created with.</summary>
    public string Name => Names[0];
}
