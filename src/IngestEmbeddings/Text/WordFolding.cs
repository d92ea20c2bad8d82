using System.Text;

namespace IngestEmbeddings.Text;

/// <summary>Folds a word, or a line of a word list, to the form in which the two are compared.</summary>
/// <remarks>
/// From Normalization Form C: every code point in simple lower case; apostrophes and ʻokina (<c>'</c> <c>‘</c> <c>’</c>
/// <c>ʻ</c> <c>ʼ</c>) removed; ā ē ī ō ū as a e i o u. İ (U+0130) has no simple lower case of its own in the invariant
/// culture and stays.
/// </remarks>
internal static class WordFolding
{
    /// <summary>The ʻokina, U+02BB: a letter (category Lm).</summary>
    public const char Okina = '\u02BB';

    /// <summary>The modifier letter apostrophe, U+02BC: a letter (category Lm) that many texts have for the ʻokina.</summary>
    public const char LetterApostrophe = '\u02BC';

    private const char Dropped = '\0';

    // Up to U+02FF, which holds the macron vowels and both letters above: one load a character.
    private static readonly char[] Table = Build();

    /// <summary>Folds a word.</summary>
    /// <param name="word">The word, in Normalization Form C.</param>
    /// <param name="folded">Where the result goes; at least as long as <paramref name="word"/>.</param>
    /// <param name="macron">True when the word has a macron vowel.</param>
    /// <returns>The length of the result, at most that of the word.</returns>
    public static int Fold(ReadOnlySpan<char> word, Span<char> folded, out bool macron)
    {
        var length = 0;
        macron = false;
        for (var i = 0; i < word.Length; i++)
        {
            var character = word[i];
            if (character < Table.Length)
            {
                macron |= character >= 'Ā' && IsMacronVowel(character);
                var lower = Table[character];
                folded[length] = lower;
                length += lower == Dropped ? 0 : 1;
            }
            else if (char.IsHighSurrogate(character) && i + 1 < word.Length && char.IsLowSurrogate(word[i + 1]))
            {
                length += LowerCase.Of(new Rune(character, word[++i])).EncodeToUtf16(folded[length..]);
            }
            else if (character is not ('‘' or '’'))
            {
                folded[length++] = LowerCase.Of(character);
            }
        }

        return length;
    }

    /// <summary>Folds a line of a word list, of any normalization form.</summary>
    public static string Fold(string line)
    {
        using var composed = new ComposedText(line);
        var folded = new char[composed.Span.Length];
        return new string(folded, 0, Fold(composed.Span, folded, out _));
    }

    private static bool IsMacronVowel(char character) =>
        character is 'ā' or 'ē' or 'ī' or 'ō' or 'ū' or 'Ā' or 'Ē' or 'Ī' or 'Ō' or 'Ū';

    private static char[] Build()
    {
        var table = new char[0x300];
        for (var unit = 0; unit < table.Length; unit++)
        {
            var lower = LowerCase.Of((char)unit);
            table[unit] = lower switch
            {
                'ā' => 'a',
                'ē' => 'e',
                'ī' => 'i',
                'ō' => 'o',
                'ū' => 'u',
                '\'' or Okina or LetterApostrophe => Dropped,
                _ => lower,
            };
        }

        return table;
    }
}
