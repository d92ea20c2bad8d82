using System.Globalization;
using System.Text;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Splitting;

/// <summary>Unicode's property Sentence_Break.</summary>
internal enum SentenceClass : byte
{
    Other,
    CarriageReturn,
    LineFeed,
    Separator,
    Extend,
    Format,
    Space,
    Lower,
    Upper,
    OtherLetter,
    Numeric,
    AmbiguousTerm,
    Continue,
    Term,
    Close,
}

/// <summary>Looks up the <see cref="SentenceClass"/> of characters.</summary>
/// <remarks>Made of the general categories and of the lists that Unicode Standard Annex 29 adds to them.</remarks>
internal static class SentenceClasses
{
    private const string Ambiguous = ".\u2024\uFE52\uFF0E";
    private const string Ellipsis = "\u2026";

    private const string Continues =
        ",-:;\u037E\u055D\u060C\u060D\u07F8\u1802\u1808\u2013\u2014\u3001\uFE10\uFE11\uFE13\uFE14\uFE31\uFE32\uFE50\uFE51\uFE54\uFE55\uFE58\uFE63\uFF0C\uFF0D\uFF1A\uFF1B\uFF64";

    private const string Quotes = "\"'\u275B\u275C\u275D\u275E\u275F\u2760";

    private static readonly byte[] Table = [.. Enumerable.Range(0, char.MaxValue + 1).Select(static code => (byte)Of(code, char.GetUnicodeCategory((char)code)))];

    /// <summary>The class of the character at a position.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where the character begins.</param>
    /// <param name="size">Its UTF-16 units: 2 for a surrogate pair, else 1.</param>
    public static SentenceClass At(ReadOnlySpan<char> text, int index, out int size)
    {
        var character = text[index];
        if (!char.IsSurrogate(character))
        {
            size = 1;
            return (SentenceClass)Table[character];
        }

        Rune.DecodeFromUtf16(text[index..], out var rune, out size);
        return Of(rune.Value, Rune.GetUnicodeCategory(rune));
    }

    private static SentenceClass Of(int code, UnicodeCategory category) => code switch
    {
        '\r' => SentenceClass.CarriageReturn,
        '\n' => SentenceClass.LineFeed,
        0x85 or 0x2028 or 0x2029 => SentenceClass.Separator,
        0x200C or 0x200D or 0xFF9E or 0xFF9F or (>= 0xE0020 and <= 0xE007F) => SentenceClass.Extend,
        0x66B or 0x66C => SentenceClass.Numeric,
        // Small and capital letters that are no letters by category: ª, º, modifier letters, Roman numerals, letters in circles.
        0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8) or 0x2C0 or 0x2C1 or (>= 0x2E0 and <= 0x2E4) or 0x37A or (>= 0x1D2C and <= 0x1D6A)
            or 0x1D78 or (>= 0x1D9B and <= 0x1DBF) or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C) or (>= 0x2170 and <= 0x217F)
            or (>= 0x24D0 and <= 0x24E9) or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770 or 0x10FC
            or (>= 0xA7F2 and <= 0xA7F4) or 0xA7F8 or 0xA7F9 or (>= 0xAB5C and <= 0xAB5F) or 0xAB69 or 0x10780 or (>= 0x10783 and <= 0x107BA)
            or (>= 0x1E030 and <= 0x1E06D) => SentenceClass.Lower,
        (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
            or (>= 0x1F170 and <= 0x1F189) => SentenceClass.Upper,
        // Letters of Georgian have two forms, but no sentence begins with a capital; geresh stands like a letter.
        0x5F3 or (>= 0x10D0 and <= 0x10FF and not 0x10FB) or (>= 0x1C90 and <= 0x1CBF and not (0x1CBB or 0x1CBC)) => SentenceClass.OtherLetter,
        (>= 0x2E00 and <= 0x2E01) or (>= 0x2E06 and <= 0x2E08) or 0x2E0B or (>= 0x1F676 and <= 0x1F678) => SentenceClass.Close,
        <= char.MaxValue when char.IsWhiteSpace((char)code) => SentenceClass.Space,
        <= char.MaxValue when Ambiguous.Contains((char)code, StringComparison.Ordinal) => SentenceClass.AmbiguousTerm,
        <= char.MaxValue when Continues.Contains((char)code, StringComparison.Ordinal) => SentenceClass.Continue,
        <= char.MaxValue when Quotes.Contains((char)code, StringComparison.Ordinal) => SentenceClass.Close,
        _ when SentenceMarks.Contains(code) && code != Ellipsis[0] => SentenceClass.Term,
        _ => Of(category),
    };

    private static SentenceClass Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark => SentenceClass.Extend,
        UnicodeCategory.Format => SentenceClass.Format,
        UnicodeCategory.LowercaseLetter => SentenceClass.Lower,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => SentenceClass.Upper,
        UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.LetterNumber => SentenceClass.OtherLetter,
        UnicodeCategory.DecimalDigitNumber => SentenceClass.Numeric,
        UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation => SentenceClass.Close,
        _ => SentenceClass.Other,
    };
}
