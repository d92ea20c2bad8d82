using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Sets punctuation marks apart.</summary>
internal sealed class Punctuation(SplitBehavior behavior) : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces) =>
        Segments.SplitBy(text, Characters.IsPunctuation, behavior, atStart, pieces);
}
