using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Rewrites a text before it is cut into pieces. Immutable; one instance serves all threads.</summary>
internal abstract class Normalizer
{
    /// <summary>Writes the normalized text.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="output">An empty buffer.</param>
    /// <param name="workspace">This thread's buffers, of which a normalizer may use <see cref="Workspace.Inner"/>.</param>
    /// <returns>False when the text is normal already; then nothing needs to be written.</returns>
    public abstract bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace);
}
