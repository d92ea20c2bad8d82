using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Writes the UTF-8 bytes of the text as the printable characters of byte-level models.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        ByteAlphabet.Append(text, output);
        return true;
    }
}
