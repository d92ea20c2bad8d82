using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Pipeline;

/// <summary>What sentence-transformers does with a text, prompt included, before the tokenizer sees it.</summary>
/// <param name="Strips">White space at both ends is removed, as Python's <c>str.strip</c> does.</param>
/// <param name="LowerCases">The text is lower-cased, as Python's <c>str.lower</c> does.</param>
internal sealed record TextPreparation(bool Strips, bool LowerCases)
{
    public static readonly TextPreparation None = new(false, false);

    /// <summary>The prepared text, which may lie in the workspace.</summary>
    public ReadOnlySpan<char> Apply(ReadOnlySpan<char> text, Workspace workspace)
    {
        text = Strips ? PythonText.Strip(text) : text;
        if (!LowerCases)
        {
            return text;
        }

        workspace.Prepared.Clear();
        PythonText.AppendLower(text, workspace.Prepared);
        return workspace.Prepared.Written;
    }
}
