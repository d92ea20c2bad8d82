using System.Globalization;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Takes away combining marks; a precomposed letter keeps its accent.</summary>
internal sealed class StripAccents : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (System.Text.Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark))
            {
                output.Append(rune.Value);
            }
        }

        return output.Length != text.Length;
    }
}

/// <summary>Takes away white space at the ends.</summary>
internal sealed class Strip(bool left, bool right) : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        var stripped = left ? text.TrimStart() : text;
        stripped = right ? stripped.TrimEnd() : stripped;
        output.Append(stripped);
        return stripped.Length != text.Length;
    }
}

/// <summary>Puts a string before every text that is not empty.</summary>
internal sealed class Prepend(string prefix) : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        output.Append(prefix);
        output.Append(text);
        return true;
    }
}

/// <summary>Control characters go, and what SentencePiece's translation rules count as white space becomes a space.</summary>
internal sealed class Nmt : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        foreach (var unit in text)
        {
            if (unit is (>= '\u0001' and <= '\u0008') or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or '\u008F' or '\u009F')
            {
                continue;
            }

            output.Append(unit is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F')
                or '\u2028' or '\u2029' or '\u2581' or '\uFEFF' or '\uFFFD' ? ' ' : unit);
        }

        return !output.Written.SequenceEqual(text);
    }
}

/// <summary>Writes the UTF-8 bytes of the text as the printable characters of byte-level models.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        ByteAlphabet.Append(text, output);
        return true;
    }
}
