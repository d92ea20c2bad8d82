using System.Globalization;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Splitting;

/// <summary>The borders of a document at which chunks may end, from coarse to fine.</summary>
internal sealed class TextBorders(string text, SplitBy by, MarkdownOutline? outline)
{
    // A cluster of this many units is no character that anyone reads.
    private const int MaxCluster = 256;

    // Of a run of letters that may be joined, as far as it is looked back.
    private const int MaxRun = 4096;

    private readonly Level[] _levels = by switch
    {
        SplitBy.Paragraph => [Level.Paragraph, Level.Sentence],
        SplitBy.Markdown => [Level.Section, Level.Block, Level.Sentence],
        SplitBy.Tokens => [],
        _ => [Level.Sentence],
    };

    private enum Level
    {
        Section,
        Block,
        Paragraph,
        Sentence,
    }

    /// <summary>How many levels there are whose parts are packed whole; words and characters are the levels below.</summary>
    public int Count => _levels.Length;

    /// <summary>A part of a level that does not fit begins a chunk, instead of filling up the one before: a section does.</summary>
    public bool BeginsChunk(int level) => _levels[level] == Level.Section;

    /// <summary>Where the part ends that begins at a position.</summary>
    public int Next(int level, int from, int end) => _levels[level] switch
    {
        Level.Section => outline!.NextSection(from, end),
        Level.Block => outline!.NextBlock(from, end),
        Level.Paragraph => NextParagraph(from, end),
        _ => from + SentenceBreaks.Next(text.AsSpan(from, end - from), 0),
    };

    /// <summary>The last border between words after a position, up to another; where there is none, one between characters; -1 for none.</summary>
    public int LastWord(int after, int upTo)
    {
        for (var at = upTo; at > after; at--)
        {
            if (IsWordBorder(at))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The last border between characters after a position, up to another; -1 for none.</summary>
    public int LastCharacter(int after, int upTo)
    {
        for (var at = upTo; at > after; at--)
        {
            if (IsCharacterBorder(at))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The first border between characters after a position.</summary>
    public int NextCharacter(int from, int end) => Math.Min(end, from + Math.Min(MaxCluster, StringInfo.GetNextTextElementLength(text.AsSpan(from, end - from))));

    /// <summary>The position is between two user-perceived characters.</summary>
    public bool IsCharacterBorder(int at)
    {
        if (at <= 0 || at >= text.Length || (StandsAlone(text[at]) && StandsAlone(text[at - 1]) && text[at - 1] != '\r'))
        {
            return true;
        }

        // From the last character that cannot be joined to the one before it.
        var start = at - 1;
        while (start > 0 && ((at - start < MaxRun && !StandsAlone(text[start])) || char.IsLowSurrogate(text[start])))
        {
            start--;
        }

        while (start < at)
        {
            start += StringInfo.GetNextTextElementLength(text.AsSpan(start, Math.Min(text.Length - start, 2 * MaxCluster)));
        }

        return start == at;
    }

    /// <summary>The position is not within a word.</summary>
    public bool IsBetweenWords(int at) => at <= 0 || at >= text.Length
        || !CharacterKinds.At(text, at, out _).Has(CharacterKind.Word | CharacterKind.Mark)
        || !CharacterKinds.At(text, at - (at > 1 && char.IsLowSurrogate(text[at - 1]) ? 2 : 1), out _).Has(CharacterKind.Word | CharacterKind.Mark);

    // Not joined to one of its kind before it: Latin letters, kana, ideographs, syllables of Hangul. Text in these scripts may have
    // no space for long, and would else be looked through again at each border.
    private static bool StandsAlone(char character) => character < 0x300
        || character is (>= '\u3041' and <= '\u3096') or (>= '\u30A1' and <= '\u30FA') or '\u3001' or '\u3002'
            or (>= '\u3400' and <= '\u4DBF') or (>= '\u4E00' and <= '\u9FFF') or (>= '\uAC00' and <= '\uD7A3');

    private bool IsWordBorder(int at) =>
        at >= text.Length || (char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at]) && IsCharacterBorder(at));

    private int NextParagraph(int from, int end)
    {
        for (var at = from; text.AsSpan(at, end - at).IndexOf('\n') is >= 0 and var line; )
        {
            at += line + 1;
            var next = at;
            while (next < end && text[next] != '\n' && char.IsWhiteSpace(text[next]))
            {
                next++;
            }

            if (next < end && text[next] == '\n')
            {
                return next + 1;
            }
        }

        return end;
    }
}
