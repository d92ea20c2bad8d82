namespace IngestEmbeddings.Splitting;

/// <summary>Finds where sentences end, by the default rules of Unicode Standard Annex 29.</summary>
internal static class SentenceBreaks
{
    // Rule SB8 looks for a small letter as far as it takes; a line of digits or signs has none.
    private const int MaxLookahead = 1000;

    /// <summary>Where the sentence that begins at a position ends: the beginning of the next one, or the end of the text.</summary>
    public static int Next(ReadOnlySpan<char> text, int from)
    {
        var before = SentenceClass.Other;
        var afterTerm = AfterTerm.No;
        var isAmbiguous = false;
        var letterBeforeTerm = false;
        for (var i = from; i < text.Length;)
        {
            var next = SentenceClasses.At(text, i, out var size);
            if (i > from)
            {
                if (before == SentenceClass.CarriageReturn && next == SentenceClass.LineFeed)
                {
                    before = next;
                    i += size;
                    continue;
                }

                if (IsParagraphEnd(before))
                {
                    return i;
                }

                if (next is SentenceClass.Extend or SentenceClass.Format)
                {
                    i += size;
                    continue;
                }

                if (afterTerm != AfterTerm.No && !IsJoined(text, i, next, afterTerm, isAmbiguous, letterBeforeTerm))
                {
                    return i;
                }
            }

            if (next is SentenceClass.AmbiguousTerm or SentenceClass.Term)
            {
                afterTerm = AfterTerm.Directly;
                isAmbiguous = next == SentenceClass.AmbiguousTerm;
                letterBeforeTerm = before is SentenceClass.Upper or SentenceClass.Lower;
            }
            else
            {
                afterTerm = (afterTerm, next) switch
                {
                    (AfterTerm.Directly or AfterTerm.Closed, SentenceClass.Close) => AfterTerm.Closed,
                    (not AfterTerm.No, SentenceClass.Space) => AfterTerm.Spaced,
                    (not AfterTerm.No, _) when IsParagraphEnd(next) => afterTerm,
                    _ => AfterTerm.No,
                };
            }

            before = next;
            i += size;
        }

        return text.Length;
    }

    private static bool IsJoined(
        ReadOnlySpan<char> text, int at, SentenceClass next, AfterTerm afterTerm, bool isAmbiguous, bool letterBeforeTerm)
    {
        if (isAmbiguous)
        {
            // 3.4 and U.S.A (SB6, SB7); "etc. and" (SB8).
            if ((afterTerm == AfterTerm.Directly && (next == SentenceClass.Numeric || (letterBeforeTerm && next == SentenceClass.Upper)))
                || LowerFollows(text, at))
            {
                return true;
            }
        }

        return next is SentenceClass.Continue or SentenceClass.AmbiguousTerm or SentenceClass.Term or SentenceClass.Space
            || IsParagraphEnd(next)
            || (afterTerm != AfterTerm.Spaced && next == SentenceClass.Close);
    }

    private static bool LowerFollows(ReadOnlySpan<char> text, int at)
    {
        var end = Math.Min(text.Length, at + MaxLookahead);
        while (at < end)
        {
            var next = SentenceClasses.At(text, at, out var size);
            if (next == SentenceClass.Lower)
            {
                return true;
            }

            if (next is SentenceClass.OtherLetter or SentenceClass.Upper or SentenceClass.AmbiguousTerm or SentenceClass.Term || IsParagraphEnd(next))
            {
                return false;
            }

            at += size;
        }

        return false;
    }

    private static bool IsParagraphEnd(SentenceClass one) =>
        one is SentenceClass.Separator or SentenceClass.CarriageReturn or SentenceClass.LineFeed;

    private enum AfterTerm
    {
        No,
        Directly,
        Closed,
        Spaced,
    }
}
