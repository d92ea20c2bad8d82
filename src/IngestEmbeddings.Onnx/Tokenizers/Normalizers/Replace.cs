using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>Replaces every match of a string or a regular expression by a fixed string.</summary>
internal sealed class Replace(TextPattern pattern, string content) : Normalizer
{
    [ThreadStatic]
    private static List<Range>? _matches;

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        var matches = _matches ??= [];
        matches.Clear();
        pattern.Find(text, matches);
        var position = 0;
        foreach (var match in matches)
        {
            output.Append(text[position..match.Start.Value]);
            output.Append(content);
            position = match.End.Value;
        }

        output.Append(text[position..]);
        var changed = matches.Count > 0;
        matches.Shrink();
        return changed;
    }
}
