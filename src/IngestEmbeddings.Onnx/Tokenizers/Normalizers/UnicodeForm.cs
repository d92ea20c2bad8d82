using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Unicode's normalization forms: NFC, NFD, NFKC, NFKD.</summary>
internal sealed class UnicodeForm(NormalizationForm form) : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace) =>
        Apply(text, form, output);

    /// <summary>Appends the text in a form; false, and nothing appended, when it has it already.</summary>
    public static bool Apply(ReadOnlySpan<char> text, NormalizationForm form, CharBuffer output)
    {
        if (Ascii.IsValid(text) || text.IsNormalized(form))
        {
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
