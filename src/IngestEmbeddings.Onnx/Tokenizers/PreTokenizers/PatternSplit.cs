using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>Splits at the matches of a string or a regular expression.</summary>
internal sealed class PatternSplit(TextPattern pattern, SplitBehavior behavior, bool inverted) : PreTokenizer
{
    [ThreadStatic]
    private static List<Range>? _matches;

    public static PatternSplit Read(JsonPart part) => new(
        TextPattern.Read(part, "pattern"),
        Segments.ReadBehavior(part, nameof(SplitBehavior.Isolated)),
        part.Bool("invert", false));

    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var matches = _matches ??= [];
        matches.Clear();
        pattern.Find(text, matches);
        var segments = Segments.Begin();
        foreach (var match in matches)
        {
            segments.AddDelimiter(match.Start.Value, match.End.Value);
        }

        matches.Shrink();
        segments.Cut(text, behavior, inverted, atStart, pieces);
    }
}
