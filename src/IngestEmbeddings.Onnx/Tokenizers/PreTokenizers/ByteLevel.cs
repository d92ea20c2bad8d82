using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>GPT-2's words, written in the alphabet of bytes.</summary>
/// <remarks>
/// The words are those of GPT-2's regular expression: an English contraction; letters, numerals or other characters,
/// each with one space before them; white space, of which the last one goes to the word after it if it is a space.
/// </remarks>
internal sealed class ByteLevel(bool addSpace, bool cutWords) : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    [ThreadStatic]
    private static CharBuffer? _spaced;

    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var spaced = _spaced ??= new CharBuffer();
        spaced.Clear();
        if (addSpace && text[0] != ' ')
        {
            spaced.Append(' ');
            spaced.Append(text);
            text = spaced.Written;
        }

        for (var i = 0; i < text.Length;)
        {
            var length = cutWords ? WordLength(text[i..]) : text.Length;
            ByteAlphabet.Append(text.Slice(i, length), pieces.Open);
            pieces.EndPiece(atStart && i == 0);
            i += length;
        }

        spaced.Shrink();
    }

    /// <summary>The length of the word that a text begins with.</summary>
    public static int WordLength(ReadOnlySpan<char> text)
    {
        if (ContractionLength(text) is > 0 and var contraction)
        {
            return contraction;
        }

        var begin = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = KindOf(CodePoints.At(text, begin, out _));
        return kind == Kind.Space ? SpaceLength(text) : begin + RunLength(text[begin..], kind);
    }

    private static int SpaceLength(ReadOnlySpan<char> text)
    {
        var length = RunLength(text, Kind.Space);
        // The last one is left for the word after it, unless it is the only one.
        return length < text.Length && length > 1 ? length - 1 : length;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
        {
            foreach (var contraction in Contractions)
            {
                if (text.StartsWith(contraction, StringComparison.Ordinal))
                {
                    return contraction.Length;
                }
            }
        }

        return 0;
    }

    private static int RunLength(ReadOnlySpan<char> text, Kind kind)
    {
        var i = 0;
        while (i < text.Length && KindOf(CodePoints.At(text, i, out var length)) == kind)
        {
            i += length;
        }

        return i;
    }

    private static Kind KindOf(int codePoint) =>
        Characters.IsLetter(codePoint) ? Kind.Letter
        : Characters.IsWhiteSpace(codePoint) ? Kind.Space
        : Characters.IsNumber(codePoint) ? Kind.Number
        : Kind.Other;

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }
}
