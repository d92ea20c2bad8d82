namespace IngestEmbeddings.Splitting;

/// <summary>Splits documents into chunks of a maximum number of tokens. Owned by one thread.</summary>
/// <remarks>
/// <para>Chunks cover every character of a document that is not white space, in order. None begins or ends within a
/// user-perceived character. Parts as coarse as <see cref="SplitOptions.By"/> says are packed into a chunk as long as they fit; a
/// part that does not fit a chunk of its own is divided at finer borders: sentences, words, characters.</para>
/// <para>A document that has chunks already keeps those whose text it still has, wherever that is now, and is split only between
/// them. So a change costs the chunk that it is in, and a second one where it does not fit any more; packing all of it again
/// would move every border after the change.</para>
/// </remarks>
public sealed class DocumentSplitter
{
    // A text of more units has more tokens than a chunk may, or hardly any word that a model knows.
    private const int MaxUnitsPerToken = 32;
    private const int MaxTries = 12;

    // Whole parts fill half a chunk at least, together with the next.
    private const int MaxSparse = 4;
    private const double UnitsPerTokenAtFirst = 3.5;

    private readonly SplitOptions _options;
    private readonly TokenCounter _counter;
    private readonly int _maxUnits;
    private double _unitsPerToken = UnitsPerTokenAtFirst;

    /// <summary>Creates a splitter.</summary>
    /// <param name="options">How.</param>
    /// <param name="counter">Counts the tokens; belongs to the splitter from now on.</param>
    public DocumentSplitter(SplitOptions options, TokenCounter counter)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(counter);
        options.Validate();
        _options = options;
        _counter = counter;
        _maxUnits = options.Tokens * MaxUnitsPerToken;
    }

    /// <summary>Splits a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="past">The chunks that it has had, made with the same options, in their order; none for a new document.</param>
    /// <returns>The chunks, in their order; none for a document of white space.</returns>
    public IReadOnlyList<DocumentChunk> Split(string text, IReadOnlyList<PastChunk> past)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(past);
        var outline = _options.By == SplitBy.Markdown || _options.HeadingContext ? new MarkdownOutline(text) : null;
        var document = new Document(text, new TextBorders(text, _options.By, outline), _options.HeadingContext ? outline : null);
        var pieces = new List<Piece>();
        var from = 0;
        foreach (var anchor in new ChunkAnchors(text, document.Borders, past, at => HeadingsAt(document, at)).Find())
        {
            PackGap(document, from, anchor.At, pieces, isBetween: true);
            pieces.Add(new Piece(anchor.At, anchor.Start, anchor.End, anchor.Index));
            from = anchor.End;
        }

        PackGap(document, from, text.Length, pieces, isBetween: past.Count > 0);
        return Describe(document, pieces, past);
    }

    // Where whole parts would make three chunks of what fits in two, a change of one sentence would cost three.
    private void PackGap(Document document, int from, int end, List<Piece> pieces, bool isBetween)
    {
        var packed = Pack(document, from, end, level: 0);
        if (isBetween && packed.Count is > 2 and <= MaxSparse && Pack(document, from, end, document.Borders.Count) is { Count: <= 2 } dense)
        {
            packed = dense;
        }

        pieces.AddRange(packed);
    }

    private List<Piece> Pack(Document document, int from, int end, int level)
    {
        var pieces = new List<Piece>();
        while ((from = SkipSpace(document.Text, from, end)) < end)
        {
            var room = new Room(_options.Tokens - _options.Overlap, HeadingsAt(document, from));
            var to = Fill(document, room, from, from, end, level);
            pieces.Add(new Piece(from, from, TrimEnd(document.Text, from, to), null));
            from = to;
        }

        return pieces;
    }

    /// <summary>Where the chunk ends that begins at <paramref name="start"/> and is filled up to <paramref name="from"/>.</summary>
    private int Fill(Document document, Room room, int start, int from, int end, int level)
    {
        if (level == document.Borders.Count)
        {
            return FillWords(document, room, start, from, end);
        }

        // Parts are counted one by one, each once; the sum is about what they have together.
        List<int> ends = [from];
        var total = (long)Count(document, room, start, from);
        var divided = -1;
        for (var at = from; at < end;)
        {
            var next = NextBorder(document, level, at, end);
            var tokens = Count(document, room with { Headings = "" }, at, next);
            if (total + tokens - _counter.Frame > room.Tokens)
            {
                divided = tokens > room.Tokens && !document.Borders.BeginsChunk(level) ? next : -1;
                break;
            }

            total += tokens - _counter.Frame;
            ends.Add(at = next);
        }

        while (ends.Count > 1 && !Fits(document, room, start, ends[^1]))
        {
            ends.RemoveAt(ends.Count - 1);
            divided = -1;
        }

        // A part that is too long even alone fills up the chunk that it begins in.
        if (divided < 0 && ends.Count == 1)
        {
            divided = NextBorder(document, level, from, end);
        }

        return divided < 0 ? ends[^1] : Math.Max(ends[^1], Fill(document, room, start, ends[^1], divided, level + 1));
    }

    // No further than a chunk can reach: a part without end would be looked through again for each of its chunks.
    private int NextBorder(Document document, int level, int from, int end)
    {
        var next = document.Borders.Next(level, from, (int)Math.Min(end, (long)from + _maxUnits + 1));
        while (next < end && !document.Borders.IsCharacterBorder(next))
        {
            next++;
        }

        return next;
    }

    /// <summary>The last border between words, or within a word between characters, up to which the chunk fits.</summary>
    private int FillWords(Document document, Room room, int start, int from, int end)
    {
        var most = Math.Min(end, start + _maxUnits);
        if (most == end && Fits(document, room, start, end))
        {
            return end;
        }

        var fits = LastFitting(document, room, start, from, most, document.Borders.LastWord);
        if (fits == start)
        {
            fits = LastFitting(document, room, start, from, most, document.Borders.LastCharacter);
        }

        // One character of more tokens than a chunk may have stands alone.
        return fits > start ? fits : document.Borders.NextCharacter(start, end);
    }

    private int LastFitting(Document document, Room room, int start, int from, int most, Func<int, int, int> lastBorder)
    {
        var (fits, tooLong) = (from, most);
        var guess = start + (int)((room.Tokens - _counter.Frame) * _unitsPerToken);
        for (var tries = 0; tries < MaxTries && fits < tooLong; tries++)
        {
            guess = Math.Clamp(guess, fits + 1, tooLong);
            var border = lastBorder(fits, guess);
            if (border < 0)
            {
                // None between what fits and the guess: look further up.
                border = lastBorder(fits, tooLong);
                if (border < 0)
                {
                    break;
                }
            }

            var tokens = Count(document, room, start, border);
            if (tokens <= room.Tokens)
            {
                fits = border;
                _unitsPerToken = tokens > _counter.Frame ? Math.Clamp((double)(border - start) / (tokens - _counter.Frame), 0.25, MaxUnitsPerToken) : _unitsPerToken;
                guess = border + Math.Max(1, (int)((room.Tokens - tokens) * _unitsPerToken));
                if (room.Tokens == tokens)
                {
                    break;
                }
            }
            else
            {
                tooLong = border - 1;
                guess = fits + ((tooLong - fits) / 2);
            }
        }

        return fits;
    }

    private bool Fits(Document document, Room room, int start, int end) => Count(document, room, start, end) <= room.Tokens;

    private int Count(Document document, Room room, int start, int end)
    {
        end = TrimEnd(document.Text, start, end);
        return end - start > _maxUnits ? TokenCounter.TooMany : _counter.Count(room.Headings, document.Text.AsSpan(start, end - start));
    }

    // Headings take at most half of a chunk; the outermost are left out first.
    private string HeadingsAt(Document document, int at)
    {
        var headings = document.Headings?.HeadingsAt(at) ?? "";
        while (headings.Length > 0 && (headings.Length > _maxUnits / 2 || _counter.Count(headings) > _options.Tokens / 2))
        {
            var rest = headings[(headings.IndexOf('\n', StringComparison.Ordinal) + 1)..];
            headings = rest == "\n" ? "" : rest;
        }

        return headings;
    }

    private List<DocumentChunk> Describe(Document document, List<Piece> pieces, IReadOnlyList<PastChunk> past)
    {
        var unused = Unused(pieces, past);
        var chunks = new List<DocumentChunk>(pieces.Count);
        var (counted, codePoints) = (0, 0);
        for (var i = 0; i < pieces.Count; i++)
        {
            var piece = pieces[i];
            var start = piece.Kept is null && i > 0 ? Extend(document, pieces[i - 1], piece) : piece.Start;
            var headings = HeadingsAt(document, start);
            var text = document.Text.AsSpan(start, piece.End - start);
            var kept = piece.Kept;
            if (kept is null && unused.Count > 0 && unused.Remove(PastChunk.HashOf(string.Concat(headings, text)), out var same))
            {
                kept = same;
            }

            codePoints += start >= counted
                ? CodePointIndex.Count(document.Text.AsSpan(counted, start - counted))
                : -CodePointIndex.Count(document.Text.AsSpan(start, counted - start));
            counted = start;
            chunks.Add(new DocumentChunk(codePoints + 1, CodePointIndex.Count(text), start, text.Length, headings, kept));
        }

        return chunks;
    }

    /// <summary>The chunks of before that were not found in their order, by the hash of their text: one may stand elsewhere now.</summary>
    private static Dictionary<UInt128, int> Unused(List<Piece> pieces, IReadOnlyList<PastChunk> past)
    {
        var unused = new Dictionary<UInt128, int>();
        var used = pieces.Where(static piece => piece.Kept is not null).Select(static piece => piece.Kept!.Value).ToHashSet();
        for (var index = 0; index < past.Count; index++)
        {
            if (!used.Contains(index))
            {
                unused.TryAdd(past[index].Hash, index);
            }
        }

        return unused;
    }

    /// <summary>Where a chunk begins that repeats the end of the one before: at a sentence, or else at a word.</summary>
    private int Extend(Document document, Piece before, Piece piece)
    {
        if (_options.Overlap == 0)
        {
            return piece.Start;
        }

        var room = new Room(_options.Overlap + _counter.Frame, "");
        for (var at = before.At; at < piece.At; at += SentenceBreaks.Next(document.Text.AsSpan(at, piece.At - at), 0))
        {
            if (at > before.At && IsRepeatable(at))
            {
                return at;
            }
        }

        for (var at = Math.Max(before.At + 1, piece.At - _maxUnits); at < piece.At; at++)
        {
            if (char.IsWhiteSpace(document.Text[at - 1]) && !char.IsWhiteSpace(document.Text[at]) && IsRepeatable(at))
            {
                return at;
            }
        }

        return piece.Start;

        bool IsRepeatable(int at) => document.Borders.IsCharacterBorder(at) && Fits(document, room, at, piece.At)
            && _counter.Count(HeadingsAt(document, at), document.Text.AsSpan(at, piece.End - at)) <= _options.Tokens;
    }

    private static int SkipSpace(string text, int from, int end)
    {
        // A mark that stands on a space makes one character with it.
        while (from < end && char.IsWhiteSpace(text[from]))
        {
            from++;
        }

        return from;
    }

    private static int TrimEnd(string text, int start, int end)
    {
        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private sealed record Document(string Text, TextBorders Borders, MarkdownOutline? Headings);

    /// <summary>What a chunk may hold.</summary>
    private readonly record struct Room(int Tokens, string Headings);

    /// <summary>A chunk: where what is its own begins, where its text does, and where it ends.</summary>
    private readonly record struct Piece(int At, int Start, int End, int? Kept);
}
