using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Sets numerals apart, one by one or run by run.</summary>
internal sealed class Digits(bool individual) : PreTokenizer
{
    private readonly SplitBehavior _behavior = individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous;

    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces) =>
        Segments.SplitBy(text, Characters.IsNumeric, _behavior, atStart, pieces);
}
