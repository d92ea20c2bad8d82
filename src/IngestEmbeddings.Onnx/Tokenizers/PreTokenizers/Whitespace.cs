using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Runs of word characters, and runs of what is neither that nor white space.</summary>
internal sealed class Whitespace : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var start = 0;
        var current = Kind.Space;
        for (var i = 0; i < text.Length;)
        {
            var kind = KindOf(CodePoints.At(text, i, out var length));
            if (kind != current)
            {
                Add(text[start..i], current, atStart && start == 0, pieces);
                (start, current) = (i, kind);
            }

            i += length;
        }

        Add(text[start..], current, atStart && start == 0, pieces);
    }

    private static void Add(ReadOnlySpan<char> run, Kind kind, bool atStart, PieceList pieces)
    {
        if (kind != Kind.Space)
        {
            pieces.Add(run, atStart);
        }
    }

    private static Kind KindOf(int codePoint) =>
        Characters.IsWord(codePoint) ? Kind.Word : Characters.IsWhiteSpace(codePoint) ? Kind.Space : Kind.Other;

    private enum Kind
    {
        Space,
        Word,
        Other,
    }
}
