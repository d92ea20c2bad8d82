using System.Globalization;
using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Takes away combining marks; a precomposed letter keeps its accent.</summary>
internal sealed class StripAccents : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark))
            {
                output.Append(rune.Value);
            }
        }

        return output.Length != text.Length;
    }
}
