namespace IngestEmbeddings.Encoding;

/// <summary>What a text is to its encoder. Many models put another prompt before a query than before a document.</summary>
public enum TextRole
{
    /// <summary>A text that is stored and found.</summary>
    Document,

    /// <summary>A text that asks for documents.</summary>
    Query,
}
