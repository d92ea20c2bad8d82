using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

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
