using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>Finds where user-perceived characters end (Unicode Standard Annex 29, extended grapheme clusters).</summary>
/// <remarks>
/// Only clusters of less than six UTF-8 bytes are told apart by who asks. Flags of two letters and the conjuncts of Indic scripts
/// have more, so that it makes no difference that they are cut here.
/// </remarks>
internal static class GraphemeClusters
{
    private const int Joiner = 0x200D;

    /// <summary>The length of the cluster that a text begins with, in UTF-16 units.</summary>
    /// <param name="text">Well-formed text, not empty.</param>
    public static int Length(ReadOnlySpan<char> text)
    {
        var before = CodePoints.At(text, 0, out var end);
        var afterPicture = Is(before, CharacterClasses.Picture);
        while (end < text.Length)
        {
            var next = CodePoints.At(text, end, out var length);
            if (!IsJoined(before, next, afterPicture))
            {
                break;
            }

            // A picture, then any number of extending characters.
            afterPicture = Is(next, CharacterClasses.Picture) || (afterPicture && (next == Joiner || Is(next, CharacterClasses.Extends)));
            before = next;
            end += length;
        }

        return end;
    }

    private static bool IsJoined(int before, int next, bool afterPicture)
    {
        if (before == '\r' && next == '\n')
        {
            return true;
        }

        if (Is(before, CharacterClasses.Breaks) || Is(next, CharacterClasses.Breaks))
        {
            return false;
        }

        return next == Joiner
            || Is(next, CharacterClasses.Extends | CharacterClasses.SpacingMark)
            || Is(before, CharacterClasses.Prepends)
            || (afterPicture && before == Joiner && Is(next, CharacterClasses.Picture))
            || IsHangul(before, next);
    }

    // Lead, vowel and trail of a syllable, or syllables that already hold some of them.
    private static bool IsHangul(int before, int next)
    {
        var isSyllable = before is >= 0xAC00 and <= 0xD7A3;
        var isOpen = isSyllable && (before - 0xAC00) % 28 == 0;
        return IsLead(before) ? IsLead(next) || IsVowel(next) || next is >= 0xAC00 and <= 0xD7A3
            : isOpen || IsVowel(before) ? IsVowel(next) || IsTrail(next)
            : (isSyllable || IsTrail(before)) && IsTrail(next);
    }

    private static bool IsLead(int codePoint) => codePoint is (>= 0x1100 and <= 0x115F) or (>= 0xA960 and <= 0xA97C);

    private static bool IsVowel(int codePoint) => codePoint is (>= 0x1160 and <= 0x11A7) or (>= 0xD7B0 and <= 0xD7C6);

    private static bool IsTrail(int codePoint) => codePoint is (>= 0x11A8 and <= 0x11FF) or (>= 0xD7CB and <= 0xD7FB);

    private static bool Is(int codePoint, CharacterClasses classes) => (UnicodeTables.Classes(codePoint) & classes) != CharacterClasses.None;
}
