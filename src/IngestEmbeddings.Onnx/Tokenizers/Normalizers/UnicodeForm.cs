using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Unicode's normalization forms: NFC, NFD, NFKC, NFKD.</summary>
internal sealed class UnicodeForm(NormalizationForm form) : Normalizer
{
    private const char Refused = '\uFFFE';

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace) =>
        Apply(text, form, output);

    /// <summary>Appends the text in a form; false, and nothing appended, when it has it already.</summary>
    public static bool Apply(ReadOnlySpan<char> text, NormalizationForm form, CharBuffer output)
    {
        if (Ascii.IsValid(text))
        {
            return false;
        }

        var changed = false;
        while (!text.IsEmpty)
        {
            // .NET refuses this one code point, which neither changes nor takes part in any composition.
            var end = text.IndexOf(Refused);
            changed |= AppendPart(end < 0 ? text : text[..end], form, output);
            if (end < 0)
            {
                break;
            }

            output.Append(Refused);
            text = text[(end + 1)..];
        }

        return changed;
    }

    private static bool AppendPart(ReadOnlySpan<char> text, NormalizationForm form, CharBuffer output)
    {
        if (text.IsNormalized(form))
        {
            output.Append(text);
            return false;
        }

        var free = output.Free(text.Length * 2);
        int length;
        while (!text.TryNormalize(free, out length, form))
        {
            free = output.Free(free.Length * 2);
        }

        output.Advance(length);
        return true;
    }
}
