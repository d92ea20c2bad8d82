using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>The words between white space.</summary>
internal sealed class WhitespaceSplit : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                pieces.Add(text[start..i], atStart && start == 0);
                start = i + 1;
            }
        }

        pieces.Add(text[start..], atStart && start == 0);
    }
}
