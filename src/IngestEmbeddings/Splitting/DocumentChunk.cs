namespace IngestEmbeddings.Splitting;

/// <summary>A piece of a document.</summary>
/// <param name="Start">Where it begins, in code points from 1, as <c>substr</c> of SQL counts.</param>
/// <param name="Length">How many code points it has, the headings before it not counted.</param>
/// <param name="Index">Where it begins in the document, in UTF-16 units.</param>
/// <param name="Units">How many UTF-16 units it has.</param>
/// <param name="Headings">What is put before it; empty for nothing.</param>
/// <param name="Kept">The chunk of before with the same text, as an index; null where the text is new.</param>
public readonly record struct DocumentChunk(int Start, int Length, int Index, int Units, string Headings, int? Kept)
{
    /// <summary>The text to encode: the headings, and the piece of the document.</summary>
    /// <param name="document">The document.</param>
    public string TextOf(string document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return string.Concat(Headings, document.AsSpan(Index, Units));
    }
}
