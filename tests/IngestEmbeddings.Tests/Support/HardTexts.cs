using System.Text;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Texts made to break code that takes text for simple: the same ones on every machine.</summary>
internal static class HardTexts
{
    /// <summary>Lines of a word list that fit the texts.</summary>
    public static readonly string[] LexiconLines =
    [
        "aloha", "Hawaiʻi", "Hawai'i", "kākou", "ma\u0304lama", "hoʻokipa", "ʻōlelo", "-kahi", "", "  nani  ", "ʻ", "a", "o",
        "STRASSE", "straße", "Éireann", "école", "Ελλάσ", "мир", "世界", "नमस्ते", "3", "a_b", "𐐨𐐩", "İstanbul", "ǅ", "ka u",
        "\u00C5ngstrom", "पक", "ʼ", "‘okina",
    ];

    // Each piece is there for a reason: the twins NFC and NFD, all shapes of the ʻokina, letters outside the basic plane,
    // marks that compose, reorder or stay, every White_Space, what only looks like white space, and broken UTF-16.
    private static readonly string[] Pieces =
    [
        "aloha", "Aloha", "ALOHA", "Hawaiʻi", "Hawai'i", "Hawai‘i", "Hawai’i", "Hawaiʼi", "ʻIolani", "ʼŌiwi", "ʻ", "ʻŌ", "Kākou",
        "mālama", "ma\u0304lama", "MA\u0304LAMA", "Ō", "O\u0304lelo", "ho\u02BBokipa", "nani", "kahi", "a", "A", "I", "o", "_", "a_b",
        "_Foo", "Mary", "Jean-Luc", "O’Brien", "McDonald", "USA", "NaCl", "X1", "B2B", "Apollo 11", "3.5", "Dr. Smith", "iPhone",
        "straße", "STRASSE", "İstanbul", "ıssız", "É", "E\u0301cole", "Éireann", "Ελλάς", "ΕΛΛΑΣ", "мир", "Москва", "世界", "한국어",
        "\u1112\u1161\u11AB", "नमस्ते", "\u0958", "\u0915\u093C", "ไทย", "السلام", "שָׁלוֹם", "\uFB2C", "\uFB01", "ǅ", "ǆ", "Ǆ", "𐐀𐐨", "𐐨𐐩", "𝐀𝐛",
        "\U0001D15E", "😀", "👩‍👩‍👧", "🇺🇸", "½", "Ⅷ", "٣", "²", "\u2460", "〇", "\u212B", "\u2126", "a\u0323\u0307", "a\u0307\u0323", "\u0301",
        "\u200D", "\u200B", "\u00AD", "\uFEFF", "\uFFFE", "\uFFFF", "\uFFFD", "\0", "\u001C", "\u001F", "\u007F", "\uD800", "\uDC00", "\uDBFF",
        ".", "!", "?", "…", "。", "؟", "।", ",", ":", "(", ")", "\"", "“", "”", "-", "‐", "–", "—", "'", "‘", "’", "/", ". ", "? ",
        " ", " ", " ", " ", " ", "  ", "\t", "\n", "\r\n", "\v", "\f", "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2003", "\u200A", "\u2028",
        "\u2029", "\u202F", "\u205F", "\u3000", "\u180E",
    ];

    /// <summary>Makes texts.</summary>
    /// <param name="count">How many; one in sixty-four is long enough to need more than the stack.</param>
    public static IReadOnlyList<string> Generate(int count)
    {
        var random = new Random(20_260_101);
        return [.. Enumerable.Range(0, count).Select(i => i % 64 == 0 ? Long(random, spaced: i % 128 == 0) : Short(random))];
    }

    private static string Short(Random random)
    {
        var text = new StringBuilder();
        for (var pieces = random.Next(25); pieces > 0; pieces--)
        {
            text.Append(random.Next(60) == 0 ? RandomCodePoint(random) : Pieces[random.Next(Pieces.Length)]);
            text.Append(random.Next(3) == 0 ? " " : "");
        }

        return text.ToString();
    }

    // Without spaces it is one word: the first four pieces are letters only.
    private static string Long(Random random, bool spaced)
    {
        var pieces = spaced ? Pieces : Pieces[..4];
        return string.Join(spaced ? " " : "", Enumerable.Range(0, 600).Select(_ => pieces[random.Next(pieces.Length)]));
    }

    private static string RandomCodePoint(Random random)
    {
        // Half of them from the first planes' letters, where most that is assigned lies.
        var point = random.Next(2) == 0 ? random.Next(0x3000) : random.Next(0x20000);
        return point is >= 0xD800 and <= 0xDFFF ? "\uD7A3" : char.ConvertFromUtf32(point);
    }
}
