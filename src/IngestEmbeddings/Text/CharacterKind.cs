using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace IngestEmbeddings.Text;

/// <summary>What the text metrics, and the hashing of words, ask about a character.</summary>
[Flags]
internal enum CharacterKind : byte
{
    Other = 0,

    /// <summary>Unicode White_Space.</summary>
    Space = 1,

    /// <summary>Part of a word: L*, Nd, Nl, No and <c>_</c>. The same set as <c>\w</c> of Python's <c>re</c>.</summary>
    Word = 2,

    /// <summary>A letter: L*, without the ʻokina and its twin U+02BC, which are neither capital nor small.</summary>
    Letter = 4,

    /// <summary>A capital: Lu or Lt.</summary>
    Capital = 8,

    /// <summary>Ends a sentence: one of <see cref="SentenceMarks"/> or the end of a line.</summary>
    Terminal = 16,

    /// <summary>A hyphen or apostrophe, which may stand between two words of one name.</summary>
    Joiner = 32,

    /// <summary>A combining mark: M*. No part of a word of the ratio.</summary>
    Mark = 64,
}

/// <summary>Looks up the <see cref="CharacterKind"/> of characters.</summary>
internal static class CharacterKinds
{
    private const string LineEnds = "\n\r\u0085\u2028\u2029";
    private const string Joiners = "-'‐‑‘’";

    // One byte for every UTF-16 unit: 64 KiB, and one load a character instead of a category look-up and a switch.
    private static readonly byte[] Table = Build();

    /// <summary>True when a character is of one of some kinds, at least.</summary>
    public static bool Has(this CharacterKind kind, CharacterKind any) => (kind & any) != CharacterKind.Other;

    /// <summary>The kind of the character at a position.</summary>
    /// <param name="text">The text.</param>
    /// <param name="index">Where the character begins.</param>
    /// <param name="size">Its UTF-16 units: 2 for a surrogate pair, else 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterKind At(ReadOnlySpan<char> text, int index, out int size)
    {
        var character = text[index];
        size = 1;
        return char.IsSurrogate(character) ? OfSurrogate(text[index..], out size) : (CharacterKind)Table[character];
    }

    /// <summary>Where a run of characters ends, each of one of some kinds at least.</summary>
    public static int EndOfRun(ReadOnlySpan<char> text, int from, CharacterKind kinds)
    {
        while (from < text.Length && At(text, from, out var size).Has(kinds))
        {
            from += size;
        }

        return from;
    }

    private static CharacterKind OfSurrogate(ReadOnlySpan<char> text, out int size)
    {
        // A lone surrogate decodes to U+FFFD, which is of no kind, just as the surrogate is.
        Rune.DecodeFromUtf16(text, out var rune, out size);
        var kind = OfCategory(Rune.GetUnicodeCategory(rune));
        return kind == CharacterKind.Other && SentenceMarks.Contains(rune.Value) ? CharacterKind.Terminal : kind;
    }

    private static byte[] Build()
    {
        var table = new byte[char.MaxValue + 1];
        for (var unit = 0; unit < table.Length; unit++)
        {
            var character = (char)unit;
            var kind = char.IsWhiteSpace(character) ? CharacterKind.Space : OfCategory(char.GetUnicodeCategory(character));
            table[unit] = (byte)(SentenceMarks.Contains(unit) ? kind | CharacterKind.Terminal : kind);
        }

        table['_'] = (byte)CharacterKind.Word;

        table[WordFolding.Okina] = (byte)CharacterKind.Word;
        table[WordFolding.LetterApostrophe] = (byte)CharacterKind.Word;
        Mark(LineEnds, CharacterKind.Terminal);
        Mark(Joiners, CharacterKind.Joiner);
        return table;

        void Mark(string characters, CharacterKind kind)
        {
            foreach (var character in characters)
            {
                table[character] |= (byte)kind;
            }
        }
    }

    private static CharacterKind OfCategory(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter =>
            CharacterKind.Word | CharacterKind.Letter | CharacterKind.Capital,
        UnicodeCategory.LowercaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter =>
            CharacterKind.Word | CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
            CharacterKind.Word,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
            CharacterKind.Mark,
        _ => CharacterKind.Other,
    };
}
