namespace IngestEmbeddings.Metrics;

/// <summary>The language whose own rules are added to the text metrics.</summary>
public enum TextLanguage
{
    /// <summary>No rules beyond the common ones. The default.</summary>
    Unspecified,

    /// <summary>Hawaiian (<c>haw</c>): a word with a macron vowel counts as known without look-up.</summary>
    Hawaiian,
}
