namespace IngestEmbeddings.Splitting;

/// <summary>Where the headings and the blocks of a Markdown document are.</summary>
/// <remarks>Headings are those of one to six number signs. Code between fences, with its blank lines, is one block.</remarks>
internal sealed class MarkdownOutline
{
    private readonly List<int> _sections = [];
    private readonly List<int> _blocks = [];
    private readonly List<Heading> _headings = [];

    /// <summary>Reads a document.</summary>
    public MarkdownOutline(ReadOnlySpan<char> text)
    {
        var fence = default(char);
        var afterBlank = true;
        var afterHeading = false;
        for (var at = 0; at < text.Length;)
        {
            var end = text[at..].IndexOf('\n') is >= 0 and var length ? at + length + 1 : text.Length;
            var line = text[at..end].Trim();
            var level = fence == default ? HeadingLevel(line) : 0;
            if (level > 0)
            {
                _sections.Add(at);
                AddHeading(at, level, line.ToString());
            }

            // A heading is one block with what follows it, so that it does not end a chunk.
            if (level > 0 || (afterBlank && !afterHeading && !line.IsEmpty && fence == default))
            {
                _blocks.Add(at);
            }

            fence = Fence(line, fence);
            afterBlank = line.IsEmpty;
            afterHeading = level > 0 || (afterHeading && line.IsEmpty);
            at = end;
        }
    }

    /// <summary>Where the next section after a position begins; the end of the text where there is none.</summary>
    public int NextSection(int from, int end) => Next(_sections, from, end);

    /// <summary>Where the next block after a position begins; the end of the text where there is none.</summary>
    public int NextBlock(int from, int end) => Next(_blocks, from, end);

    /// <summary>The headings that a position stands under, the outermost first, a line each; a heading at the position itself is none of them.</summary>
    public string HeadingsAt(int position)
    {
        var lines = new Stack<string>();
        var next = CountBefore(position);
        for (var i = next < _headings.Count && _headings[next].At == position ? _headings[next].Parent : next - 1; i >= 0; i = _headings[i].Parent)
        {
            lines.Push(_headings[i].Line);
        }

        return lines.Count == 0 ? "" : $"{string.Join('\n', lines)}\n\n";
    }

    private void AddHeading(int at, int level, string line)
    {
        var parent = _headings.Count - 1;
        while (parent >= 0 && _headings[parent].Level >= level)
        {
            parent = _headings[parent].Parent;
        }

        _headings.Add(new Heading(at, level, line, parent));
    }

    private int CountBefore(int position)
    {
        var (low, high) = (0, _headings.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _headings[middle].At < position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static int Next(List<int> borders, int from, int end)
    {
        var index = borders.BinarySearch(from + 1);
        index = index < 0 ? ~index : index;
        return index < borders.Count ? Math.Min(borders[index], end) : end;
    }

    private static int HeadingLevel(ReadOnlySpan<char> line)
    {
        var level = line.IndexOfAnyExcept('#');
        return level is > 0 and <= 6 && line[level] is ' ' or '\t' ? level : 0;
    }

    private static char Fence(ReadOnlySpan<char> line, char open)
    {
        var mark = line.StartsWith("```") ? '`' : line.StartsWith("~~~") ? '~' : default;
        return mark == default ? open : open == default ? mark : open == mark ? default : open;
    }

    private readonly record struct Heading(int At, int Level, string Line, int Parent);
}
