namespace IngestEmbeddings.Splitting;

/// <summary>Converts between code points, which databases count, and the UTF-16 units of a string.</summary>
internal static class CodePointIndex
{
    /// <summary>The code points of a text.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        var pairs = 0;
        for (var rest = text; rest.IndexOfAnyInRange('\uD800', '\uDBFF') is >= 0 and var at && at + 1 < rest.Length; rest = rest[(at + 1)..])
        {
            pairs += char.IsLowSurrogate(rest[at + 1]) ? 1 : 0;
        }

        return text.Length - pairs;
    }

    /// <summary>The position that is some code points after another; -1 where the text is shorter.</summary>
    public static int Forward(ReadOnlySpan<char> text, int from, int codePoints)
    {
        for (; codePoints > 0 && from < text.Length; codePoints--)
        {
            from += IsPair(text, from) ? 2 : 1;
        }

        return codePoints > 0 ? -1 : from;
    }

    /// <summary>The position that is some code points before another; -1 where the text has fewer before it.</summary>
    public static int Back(ReadOnlySpan<char> text, int from, int codePoints)
    {
        for (; codePoints > 0 && from > 0; codePoints--)
        {
            from -= from > 1 && IsPair(text, from - 2) ? 2 : 1;
        }

        return codePoints > 0 ? -1 : from;
    }

    /// <summary>Where the last code points of a text begin.</summary>
    public static int FromEnd(ReadOnlySpan<char> text, int codePoints) => Math.Max(0, Back(text, text.Length, codePoints));

    private static bool IsPair(ReadOnlySpan<char> text, int at) =>
        at + 1 < text.Length && char.IsHighSurrogate(text[at]) && char.IsLowSurrogate(text[at + 1]);
}
