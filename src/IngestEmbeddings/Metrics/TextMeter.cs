using System.Buffers;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Metrics;

/// <summary>Measures texts. Immutable; one instance serves all threads, and measuring allocates nothing.</summary>
/// <remarks>
/// Words of the ratio are the maximal runs of letters, digits and <c>_</c> (categories L*, Nd, Nl, No) in the text's
/// Normalization Form C, so that a text and its decomposed twin have the same words. An apostrophe (<c>' ‘ ’</c>) is no
/// letter and ends a word; the ʻokina (U+02BB) and U+02BC are letters. A text without a word has the ratio 0.
/// </remarks>
/// <param name="lexicon">The known words; null leaves the word ratio null.</param>
/// <param name="language">The language whose rules are added. Default none.</param>
/// <param name="entities">How entities are counted. Default <see cref="EntityCounting.Heuristic"/>.</param>
public sealed class TextMeter(
    Lexicon? lexicon = null,
    TextLanguage language = TextLanguage.Unspecified,
    EntityCounting entities = EntityCounting.Heuristic)
{
    // Longer words take a rented buffer. Real words are shorter by far; 512 bytes of stack are cheap to clear.
    private const int StackWord = 256;

    private readonly bool _macronsAreKnown = language == TextLanguage.Hawaiian;
    private readonly bool _countsEntities = entities == EntityCounting.Heuristic;

    /// <summary>What makes the metrics.</summary>
    public MetricsRecipe Recipe { get; } = new(
        lexicon is null ? "none" : $"{lexicon.Fingerprint} ({lexicon.Count} words)",
        language == TextLanguage.Hawaiian ? "haw" : "none",
        entities == EntityCounting.Heuristic ? "heuristic" : "none");

    /// <summary>Measures a text.</summary>
    /// <param name="text">The text; a lone surrogate counts as one code point.</param>
    /// <param name="frequency">Rows of the table with exactly this text; null when skipped.</param>
    public TextMetrics Measure(ReadOnlySpan<char> text, int? frequency)
    {
        var length = CountCodePoints(text);
        using var composed = new ComposedText(text);
        text = composed.Span;

        Span<char> folded = stackalloc char[StackWord];
        var names = new EntityHeuristic();
        var tokens = 0;
        var words = 0;
        var known = 0;
        var afterSpace = true;
        for (var i = 0; i < text.Length;)
        {
            var kind = CharacterKinds.At(text, i, out var size);
            if (!kind.Has(CharacterKind.Word))
            {
                var space = kind.Has(CharacterKind.Space);
                tokens += afterSpace && !space ? 1 : 0;
                afterSpace = space;
                names.Between(kind);
                i += size;
                continue;
            }

            tokens += afterSpace ? 1 : 0;
            afterSpace = false;
            var word = text[i..CharacterKinds.EndOfRun(text, i + size, CharacterKind.Word)];
            i += word.Length;
            names.Word(word);
            words++;
            if (lexicon is not null && IsKnown(lexicon, word, folded))
            {
                known++;
            }
        }

        float? ratio = lexicon is null ? null : words == 0 ? 0f : (float)known / words;
        return new TextMetrics(tokens, length, ratio, _countsEntities ? names.Count : null, frequency);
    }

    private bool IsKnown(Lexicon words, ReadOnlySpan<char> word, Span<char> buffer)
    {
        char[]? rented = null;
        if (word.Length > buffer.Length)
        {
            buffer = rented = ArrayPool<char>.Shared.Rent(word.Length);
        }

        var length = WordFolding.Fold(word, buffer, out var macron);
        var known = (macron && _macronsAreKnown) || words.Contains(buffer[..length]);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return known;
    }

    private static int CountCodePoints(ReadOnlySpan<char> text)
    {
        var first = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (first < 0)
        {
            return text.Length;
        }

        var pairs = 0;
        for (var i = first + 1; i < text.Length; i++)
        {
            if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))
            {
                pairs++;
            }
        }

        return text.Length - pairs;
    }
}
