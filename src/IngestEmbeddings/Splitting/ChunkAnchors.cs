namespace IngestEmbeddings.Splitting;

/// <summary>A chunk of before that a document still has.</summary>
/// <param name="At">Where it begins, what it repeats of the chunk before not counted.</param>
/// <param name="Start">Where its text begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Index">Which of the chunks of before.</param>
internal readonly record struct Anchor(int At, int Start, int End, int Index);

/// <summary>Finds the chunks of before in a changed document, so that only what lies between them is split again.</summary>
/// <remarks>
/// The chunks come in their order. One that another place of the text begins like, but does not equal, costs its length there.
/// </remarks>
internal sealed class ChunkAnchors
{
    private readonly string _text;
    private readonly TextBorders _borders;
    private readonly IReadOnlyList<PastChunk> _past;
    private readonly Func<int, string> _headingsAt;
    private readonly Dictionary<string, List<int>> _openings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int[] _lengths;

    public ChunkAnchors(string text, TextBorders borders, IReadOnlyList<PastChunk> past, Func<int, string> headingsAt)
    {
        _text = text;
        _borders = borders;
        _past = past;
        _headingsAt = headingsAt;
        for (var index = 0; index < past.Count; index++)
        {
            var opening = past[index].Opening;
            if (!_openings.TryGetValue(opening, out var list))
            {
                _openings.Add(opening, list = []);
            }

            list.Add(index);
        }

        _lookup = _openings.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. past.Select(static chunk => chunk.Opening.Length).Where(static length => length > 0).Distinct().OrderDescending()];
    }

    /// <summary>The chunks that are still there, in their order.</summary>
    /// <remarks>
    /// What comes before the first change and after the last one is compared chunk by chunk, so that a text that repeats itself does
    /// not lead astray. Only between them chunks are looked for.
    /// </remarks>
    public IReadOnlyList<Anchor> Find()
    {
        var anchors = new List<Anchor>();
        var from = SkipSpace(0);
        while (anchors.Count < _past.Count && Match(from, anchors.Count, _past.Count) is { } anchor)
        {
            anchors.Add(anchor);
            from = SkipSpace(anchor.End);
        }

        var after = FindBack(from, anchors.Count);
        anchors.AddRange(FindBetween(from, after.Count > 0 ? after[0].At : _text.Length, anchors.Count, _past.Count - after.Count));
        return [.. anchors, .. after];
    }

    private List<Anchor> FindBack(int from, int first)
    {
        var anchors = new List<Anchor>();
        var end = _text.Length;
        for (var index = _past.Count - 1; index >= first; index--)
        {
            end = TrimEnd(from, end);
            var at = CodePointIndex.Back(_text, end, _past[index].Length - _past[index].Overlap);
            if (at < from || Match(at, index, _past.Count) is not { } anchor || anchor.End != end)
            {
                break;
            }

            anchors.Add(anchor);
            end = at;
        }

        anchors.Reverse();
        return anchors;
    }

    private IEnumerable<Anchor> FindBetween(int from, int end, int first, int limit)
    {
        for (var at = from; at < end && first < limit;)
        {
            if (!char.IsWhiteSpace(_text[at]) && TryMatch(at, first, limit) is { } anchor && anchor.End <= end)
            {
                yield return anchor;
                first = anchor.Index + 1;
                at = anchor.End;
            }
            else
            {
                at++;
            }
        }
    }

    // Of several chunks that begin alike, the first one.
    private Anchor? TryMatch(int at, int first, int limit)
    {
        Anchor? found = null;
        foreach (var length in _lengths)
        {
            if (at + length <= _text.Length
                && _lookup.TryGetValue(_text.AsSpan(at, length), out var candidates)
                && candidates.BinarySearch(first) is var place
                && (place < 0 ? ~place : place) is var next && next < candidates.Count
                && candidates[next] < Math.Min(limit, found?.Index ?? int.MaxValue)
                && Match(at, candidates[next], limit) is { } anchor)
            {
                found = anchor;
            }
        }

        return found;
    }

    private Anchor? Match(int at, int index, int limit)
    {
        var chunk = _past[index];
        var start = CodePointIndex.Back(_text, at, chunk.Overlap);
        var end = start < 0 ? -1 : CodePointIndex.Forward(_text, at, chunk.Length - chunk.Overlap);
        return end > at
            && _text.AsSpan(at).StartsWith(chunk.Opening, StringComparison.Ordinal)
            && IsBorder(at, index) && IsBorder(start, index) && IsBorder(end, index + 1 < limit ? index + 1 : _past.Count)
            && PastChunk.HashOf(string.Concat(_headingsAt(start), _text.AsSpan(start, end - start))) == chunk.Hash
                ? new Anchor(at, start, end, index)
                : null;
    }

    // Between words, or, where a run of letters was cut, before the chunk that followed then.
    private bool IsBorder(int at, int next) => _borders.IsCharacterBorder(at)
        && (_borders.IsBetweenWords(at) || next == 0 || (next < _past.Count && _text.AsSpan(at).StartsWith(_past[next].Opening, StringComparison.Ordinal)));

    private int SkipSpace(int from)
    {
        while (from < _text.Length && char.IsWhiteSpace(_text[from]))
        {
            from++;
        }

        return from;
    }

    private int TrimEnd(int from, int end)
    {
        while (end > from && char.IsWhiteSpace(_text[end - 1]))
        {
            end--;
        }

        return end;
    }
}
