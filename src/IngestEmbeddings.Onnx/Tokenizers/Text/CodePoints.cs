using System.Globalization;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Reading code points out of well-formed UTF-16, and the classes of them that tokenizers ask for.</summary>
internal static class CodePoints
{
    /// <summary>The code point at an index of well-formed text.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="index">Where the code point begins.</param>
    /// <param name="length">How many UTF-16 units it has: 1 or 2.</param>
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        var first = text[index];
        if (!char.IsHighSurrogate(first))
        {
            length = 1;
            return first;
        }

        length = 2;
        return char.ConvertToUtf32(first, text[index + 1]);
    }

    public static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var unit in text)
        {
            count += char.IsLowSurrogate(unit) ? 0 : 1;
        }

        return count;
    }

    public static bool IsPunctuation(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint)
        is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>What BERT splits off: every punctuation mark of Unicode, and ASCII's symbols too.</summary>
    public static bool IsBertPunctuation(int codePoint) => codePoint < 128
        ? codePoint is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : IsPunctuation(codePoint);

    /// <summary>What Unicode calls "other": control, format, private use. Unassigned code points stay, as in the reference.</summary>
    public static bool IsOther(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse;

    /// <summary>A word character of regular expressions: alphabetic, mark, decimal digit, connector or joiner.</summary>
    public static bool IsWord(int codePoint) => codePoint is 0x200C or 0x200D
        or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189)
        || CharUnicodeInfo.GetUnicodeCategory(codePoint) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    public static bool IsWhiteSpace(int codePoint) => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint);

    /// <summary>A numeral of any kind: Nd, Nl, No.</summary>
    public static bool IsNumber(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    public static bool IsLetter(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint)
        is >= UnicodeCategory.UppercaseLetter and <= UnicodeCategory.OtherLetter;

    public static bool IsNonSpacingMark(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.NonSpacingMark;
}
