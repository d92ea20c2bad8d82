using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>What becomes of the delimiters when a text is split.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each run of them is a piece.</summary>
    Contiguous,

    /// <summary>The first of a run belongs to the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>The last of a run belongs to the piece after it.</summary>
    MergedWithNext,
}

/// <summary>A text cut into delimiters and what lies between them, in one thread's list.</summary>
internal sealed class Segments
{
    [ThreadStatic]
    private static Segments? _current;

    private readonly List<Segment> _segments = [];
    private int _end;

    /// <summary>This thread's list, empty.</summary>
    public static Segments Begin()
    {
        var segments = _current ??= new Segments();
        segments._end = 0;
        segments._segments.Clear();
        return segments;
    }

    public static SplitBehavior ReadBehavior(JsonPart part, string absent) =>
        part.String("behavior", absent) is var name && Enum.TryParse<SplitBehavior>(name, out var behavior) && Enum.IsDefined(behavior)
            ? behavior
            : throw part.Fault("behavior", $"'{part.String("behavior", absent)}' is not known to this version");

    /// <summary>Splits at each code point of a class.</summary>
    public static void SplitBy(
        ReadOnlySpan<char> text, Func<int, bool> isDelimiter, SplitBehavior behavior, bool atStart, PieceList pieces)
    {
        var segments = Begin();
        for (var i = 0; i < text.Length;)
        {
            if (isDelimiter(CodePoints.At(text, i, out var length)))
            {
                segments.AddDelimiter(i, i + length);
            }

            i += length;
        }

        segments.Cut(text, behavior, inverted: false, atStart, pieces);
    }

    /// <summary>Adds a delimiter; what lies between it and the one before is not one.</summary>
    public void AddDelimiter(int start, int end)
    {
        if (_end < start)
        {
            _segments.Add(new Segment(_end, start, IsDelimiter: false));
        }

        _segments.Add(new Segment(start, end, IsDelimiter: true));
        _end = end;
    }

    /// <summary>Appends the pieces that a behavior makes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="behavior">What becomes of the delimiters.</param>
    /// <param name="inverted">Whether delimiters and the rest have changed places.</param>
    /// <param name="atStart">Whether the text begins where the whole text begins.</param>
    /// <param name="pieces">Where the pieces go.</param>
    public void Cut(ReadOnlySpan<char> text, SplitBehavior behavior, bool inverted, bool atStart, PieceList pieces)
    {
        if (_end < text.Length)
        {
            _segments.Add(new Segment(_end, text.Length, IsDelimiter: false));
        }

        for (var i = 0; i < _segments.Count;)
        {
            var last = i;
            while (last + 1 < _segments.Count && Joins(last, behavior, inverted))
            {
                last++;
            }

            var start = _segments[i].Start;
            if (behavior != SplitBehavior.Removed || _segments[i].IsDelimiter == inverted)
            {
                pieces.Add(text[start.._segments[last].End], atStart && start == 0);
            }

            i = last + 1;
        }

        _segments.Shrink();
    }

    // Whether a segment and the one after it are one piece. Of a run of delimiters only the one at its edge is merged.
    private bool Joins(int index, SplitBehavior behavior, bool inverted)
    {
        var left = _segments[index].IsDelimiter != inverted;
        var right = _segments[index + 1].IsDelimiter != inverted;
        return behavior switch
        {
            SplitBehavior.Contiguous => left == right,
            SplitBehavior.MergedWithPrevious => !left && right,
            SplitBehavior.MergedWithNext => left && !right,
            _ => false,
        };
    }

    private readonly record struct Segment(int Start, int End, bool IsDelimiter);
}
