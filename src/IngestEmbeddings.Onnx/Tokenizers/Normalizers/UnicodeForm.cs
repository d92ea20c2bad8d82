using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Unicode's normalization forms: NFC, NFD, NFKC, NFKD.</summary>
internal sealed class UnicodeForm(NormalizationForm form) : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace) =>
        NormalForm.Apply(text, form, output);
}
