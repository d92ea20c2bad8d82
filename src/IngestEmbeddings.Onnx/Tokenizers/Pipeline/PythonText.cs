using System.Globalization;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Pipeline;

/// <summary>Python's <c>str.strip</c> and <c>str.lower</c>.</summary>
internal static class PythonText
{
    private const char Sigma = 'Σ';
    private const int DottedI = 0x130;

    /// <summary>The text without white space at both ends; Python counts U+001C to U+001F as such.</summary>
    public static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>Appends the lower case: of a sigma by its place in the word, of İ two characters, of others one by one.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="output">Where it goes.</param>
    public static void AppendLower(ReadOnlySpan<char> text, CharBuffer output)
    {
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CodePoints.At(text, i, out var length);
            if (codePoint == Sigma)
            {
                output.Append(EndsWord(text, i) ? 'ς' : 'σ');
            }
            else
            {
                output.Append(UnicodeTables.Lower(codePoint));
                output.Append(codePoint == DottedI ? "\u0307" : "");
            }

            i += length;
        }
    }

    private static bool IsSpace(char unit) => Characters.IsWhiteSpace(unit) || unit is >= '\u001C' and <= '\u001F';

    // Final_Sigma of the Unicode Standard, section 3.13: a cased letter before it and none after, what is ignorable passed over.
    private static bool EndsWord(ReadOnlySpan<char> text, int at)
    {
        var before = at;
        while (before > 0 && IsIgnorable(CodePointBefore(text, before)))
        {
            before -= CodePointBefore(text, before) > 0xFFFF ? 2 : 1;
        }

        var after = at + 1;
        while (after < text.Length && IsIgnorable(CodePoints.At(text, after, out var length)))
        {
            after += length;
        }

        return before > 0 && IsCased(CodePointBefore(text, before)) && !(after < text.Length && IsCased(CodePoints.At(text, after, out _)));
    }

    private static int CodePointBefore(ReadOnlySpan<char> text, int index) =>
        CodePoints.At(text, char.IsLowSurrogate(text[index - 1]) ? index - 2 : index - 1, out _);

    private static bool IsIgnorable(int codePoint) =>
        codePoint is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A
        || CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    // Roman numerals and letters in circles are cased too; letters that only modify are passed over before they are asked for.
    private static bool IsCased(int codePoint) =>
        codePoint is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189)
        || CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter;
}
