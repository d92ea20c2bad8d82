using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Removes combining marks; a precomposed letter keeps its accent.</summary>
internal sealed class StripAccents : Normalizer
{
    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CodePoints.At(text, i, out var length);
            i += length;
            if (!Characters.IsCombiningMark(codePoint))
            {
                output.Append(codePoint);
            }
        }

        return output.Length != text.Length;
    }
}
