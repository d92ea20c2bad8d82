using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Words between white space, each punctuation mark alone.</summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CodePoints.At(text, i, out var length);
            var isSpace = Characters.IsWhiteSpace(codePoint);
            if (isSpace || Characters.IsPunctuation(codePoint))
            {
                pieces.Add(text[start..i], atStart && start == 0);
                if (!isSpace)
                {
                    pieces.Add(text.Slice(i, length), atStart && i == 0);
                }

                start = i + length;
            }

            i += length;
        }

        pieces.Add(text[start..], atStart && start == 0);
    }
}
