using System.Globalization;
using System.Text;

namespace IngestEmbeddings.Tokenizing;

/// <summary>Looks at what a tokenizer makes of texts: their lengths, and what of them it does not see.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="prompt">What is put before each text.</param>
/// <param name="maxTokens">The maximum tokens of a text; null for no limit.</param>
public sealed class TextProfiler(ITokenizer tokenizer, string prompt, int? maxTokens)
{
    // Letters of two scripts that no vocabulary of a usual model has: what both become stands for the unknown.
    private const string Cuneiform = "\U00012000";
    private const string Ugaritic = "\U00010380";

    private readonly TokenBuffer _tokens = new();

    /// <summary>Looks at texts. A text that the tokenizer refuses counts as one without tokens.</summary>
    public TextProfile Profile(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var unknown = FindUnknown();
        var lengths = new List<int>(texts.Count);
        var truncated = new List<(int Text, int LostTokens)>();
        var unknowns = 0L;
        var characters = new Dictionary<Rune, long>();
        for (var text = 0; text < texts.Count; text++)
        {
            _tokens.Clear();
            var lost = Encode(prompt + texts[text], maxTokens ?? int.MaxValue);
            var ids = _tokens.From(0);
            lengths.Add(ids.Length);
            unknowns += unknown is { } id ? ids.Count(id) : 0;
            Count(texts[text], characters);
            if (lost > 0)
            {
                truncated.Add((text, lost));
            }
        }

        lengths.Sort();
        return new TextProfile
        {
            Texts = texts.Count,
            Lengths = lengths,
            Truncated = truncated.Count,
            LostTokens = truncated.Sum(static text => (long)text.LostTokens),
            TruncatedTexts = truncated,
            UnknownTokens = unknowns,
            Unseen = [.. characters.OrderByDescending(static one => one.Value).Select(one => Look(one.Key, one.Value, unknown)).OfType<UnseenCharacter>()],
        };
    }

    private static void Count(string text, Dictionary<Rune, long> characters)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!rune.IsAscii && !Rune.IsWhiteSpace(rune))
            {
                characters[rune] = characters.GetValueOrDefault(rune) + 1;
            }
        }
    }

    // A model that does not tell upper from lower case does so for every letter: that alone is not worth a word.
    private UnseenCharacter? Look(Rune character, long count, int? unknown)
    {
        var shown = character.ToString();
        var ids = Ids(shown);
        if (ids.Length == 0)
        {
            return new UnseenCharacter(shown, count, "");
        }

        if (unknown is { } id && ids.Contains(id))
        {
            return new UnseenCharacter(shown, count, null);
        }

        var letter = Bare(shown);
        return letter.Length > 0 && Ids(letter).SequenceEqual(ids) ? new UnseenCharacter(shown, count, letter) : null;
    }

    /// <summary>A letter without its marks: <c>a</c> of <c>ā</c>; empty where it has none.</summary>
    private static string Bare(string character)
    {
        // A syllable of Hangul falls into letters and loses nothing.
        var parts = character.Normalize(NormalizationForm.FormD).EnumerateRunes().ToList();
        var letters = parts.FindAll(static rune => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark));
        return letters.Count == parts.Count ? "" : string.Concat(letters);
    }

    private int? FindUnknown() => Ids(Cuneiform) is [var one] && Ids(Ugaritic) is [var other] && one == other ? one : null;

    /// <summary>The ids of a text without the special tokens around it.</summary>
    private int[] Ids(string text)
    {
        _tokens.Clear();
        Encode("", int.MaxValue);
        var frame = _tokens.From(0).ToArray();
        _tokens.Clear();
        Encode(text, int.MaxValue);
        var ids = _tokens.From(0);
        var before = ids.CommonPrefixLength(frame);
        return ids.Slice(before, Math.Max(0, ids.Length - frame.Length)).ToArray();
    }

    private int Encode(string text, int max)
    {
        try
        {
            return tokenizer.Encode(text, max, _tokens);
        }
        catch (TokenizerException)
        {
            _tokens.Clear();
            return 0;
        }
    }
}
