using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Lower case, character by character: a sigma at the end of a word becomes σ, not ς.</summary>
internal sealed class LowerCase : Normalizer
{
    private const int CapitalIWithDot = 0x130;
    private const char CombiningDotAbove = '\u0307';

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        for (var i = 0; i < text.Length;)
        {
            Append(CodePoints.At(text, i, out var length), output);
            i += length;
        }

        return !output.Written.SequenceEqual(text);
    }

    /// <summary>Appends the lower case of a code point; only İ has one of two characters.</summary>
    public static void Append(int codePoint, CharBuffer output)
    {
        if (codePoint < 128)
        {
            output.Append((char)(codePoint is >= 'A' and <= 'Z' ? codePoint | 0x20 : codePoint));
        }
        else if (codePoint == CapitalIWithDot)
        {
            output.Append('i');
            output.Append(CombiningDotAbove);
        }
        else
        {
            output.Append(UnicodeTables.Lower(codePoint));
        }
    }
}
