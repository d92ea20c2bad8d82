using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

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
