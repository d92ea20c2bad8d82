using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Cuts a text into the pieces that the model sees one by one. Immutable; one instance serves all threads.</summary>
internal abstract class PreTokenizer
{
    /// <summary>Appends the pieces of a text.</summary>
    /// <param name="text">Well-formed text, not empty.</param>
    /// <param name="atStart">Whether the text begins where the whole text begins.</param>
    /// <param name="pieces">Where the pieces go.</param>
    public abstract void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces);
}
