using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Cuts where the script changes; Japanese and Chinese are one script.</summary>
/// <remarks>Spaces and unassigned code points go with any script. Those that a text begins with are lost, as in the reference.</remarks>
internal sealed class UnicodeScripts : PreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var (start, current) = (-1, 0);
        for (var i = 0; i < text.Length;)
        {
            var script = UnicodeTables.Script(CodePoints.At(text, i, out var length));
            if (script != 0 && script != current)
            {
                Add(text, start, i, atStart, pieces);
                (start, current) = (i, script);
            }

            i += length;
        }

        Add(text, start, text.Length, atStart, pieces);
    }

    private static void Add(ReadOnlySpan<char> text, int start, int end, bool atStart, PieceList pieces)
    {
        if (start >= 0)
        {
            pieces.Add(text[start..end], atStart && start == 0);
        }
    }
}
