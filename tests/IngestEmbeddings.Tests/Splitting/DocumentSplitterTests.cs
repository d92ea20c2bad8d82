using System.Globalization;
using System.Text;
using CsCheck;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Splitting;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Splitting;

public sealed class DocumentSplitterTests
{
    private static readonly ITokenizer Words = HuggingFaceTokenizer.Load(ModelFinder.Find(ShippedModel.Name));

    private static readonly string[] Parts =
    [
        "The rain fell all night. ", "Ua ua ka pō a pau. ", "雨は夜通し降った。", "ฝนตกทั้งคืน ", "هطل المطر طوال الليل. ", "नमस्ते दुनिया। ", "한국어 문장입니다. ",
        "\n\n", "\r\n", "    ", "# Weather\n\n", "## Night\n", "```\ncode (1);\n\nmore\n```\n", "| a | b |\n|---|---|\n", "👩‍👩‍👧‍👦", "🇳🇿", "e\u0301", "x", "3.4", "\u0600" + "5",
        new('a', 70), "word ", "; ", "? ", "\u2029", "\u00A0", "0123456789 ",
    ];

    private static readonly Gen<string> Documents = Gen.Int[0, Parts.Length - 1].Select(static part => Parts[part]).Array[0, 160].Select(string.Concat);

    private static readonly Gen<SplitOptions> Options = Gen.Select(
        Gen.Int[16, 80], Gen.Int[0, 2], Gen.Int[0, 3].Select(static by => (SplitBy)by), Gen.Bool,
        (tokens, overlap, by, headings) => new SplitOptions { Tokens = tokens, Overlap = overlap * tokens / 5, By = by, HeadingContext = headings });

    public static TheoryData<SplitBy, string> Borders { get; } = new MatrixTheoryData<SplitBy, string>(
        Enum.GetValues<SplitBy>(),
        ["The rain fell all night. ", "雨は夜通し降り続き風も吹いた。", "雨が降って風が吹いて", "ฝนตกทั้งคืน", "e\u0301", "a", "# Rain\n\nIt rains.\n\n"]);

    [Fact]
    public void Chunks_cover_every_visible_character_in_order_and_fit_the_model() =>
        Gen.Select(Documents, Options).Sample((text, options) => Check(text, options, Split(text, options, [])), iter: 1500);

    [Fact]
    public void Chunks_of_a_changed_document_still_do() =>
        Gen.Select(Documents, Documents, Options, Gen.Double.Unit, Gen.Double.Unit).Sample(
            (text, other, options, from, to) =>
            {
                var past = Split(text, options, []);
                var changed = string.Concat(text.AsSpan(0, (int)(from * text.Length)), other.AsSpan(0, Math.Min(40, other.Length)), text.AsSpan((int)(Math.Max(from, to) * text.Length)));
                if (IsWellFormed(changed))
                {
                    var chunks = Split(changed, options, Past(text, past));
                    Check(changed, options, chunks);
                    foreach (var chunk in chunks.Where(static chunk => chunk.Kept is not null))
                    {
                        chunk.TextOf(changed).ShouldBe(past[chunk.Kept!.Value].TextOf(text));
                    }

                    chunks.Where(static chunk => chunk.Kept is not null).Select(static chunk => chunk.Kept).ShouldBeUnique();
                }
            },
            iter: 1500);

    [Fact]
    public void A_document_that_is_split_again_keeps_every_chunk() =>
        Gen.Select(Documents, Options).Sample(
            (text, options) =>
            {
                var chunks = Split(text, options, []);
                Split(text, options, Past(text, chunks)).Select(static chunk => chunk.Kept).ShouldBe(Enumerable.Range(0, chunks.Count).Select(static index => (int?)index));
            },
            iter: 500);

    [Theory]
    [InlineData(SplitBy.Sentence)]
    [InlineData(SplitBy.Paragraph)]
    [InlineData(SplitBy.Markdown)]
    [InlineData(SplitBy.Tokens)]
    public void A_changed_sentence_costs_at_most_two_chunks(SplitBy by) =>
        Gen.Select(Gen.Int[1, 20].Array[20, 400], Gen.Int[0, 1000], Gen.Int[-2, 2], Gen.Int[40, 100]).Sample(
            (lengths, place, more, tokens) =>
            {
                var sentences = lengths.Select((words, number) => Sentence(words, number)).ToList();
                var options = new SplitOptions { Tokens = tokens, By = by };
                var text = string.Concat(sentences);
                var past = Past(text, Split(text, options, []));
                place %= sentences.Count;
                sentences[place] = Sentence(Math.Max(1, lengths[place] + more), place + 1);
                // Where sentences are divided, one may be in two chunks, and make a third.
                Split(string.Concat(sentences), options, past).Count(static chunk => chunk.Kept is null).ShouldBeLessThanOrEqualTo(by == SplitBy.Tokens ? 3 : 2);
            },
            iter: 300);

    [Fact]
    public void Sentences_are_packed_whole_until_the_next_does_not_fit()
    {
        const string Text = "One two three. Four five six. Seven eight nine. Ten eleven twelve. Thirteen.";

        Texts(Text, new SplitOptions { Tokens = 16 }).ShouldBe(["One two three. Four five six. Seven eight nine.", "Ten eleven twelve. Thirteen."]);
    }

    [Fact]
    public void A_chunk_repeats_the_last_sentence_of_the_one_before()
    {
        const string Text = "One two three. Four five six. Seven eight nine. Ten eleven twelve. Sixteen.";

        Texts(Text, new SplitOptions { Tokens = 17, Overlap = 6 }).ShouldBe(
            ["One two three. Four five six.", "Four five six. Seven eight nine. Ten eleven twelve.", "Ten eleven twelve. Sixteen."]);
    }

    [Fact]
    public void Headings_are_put_before_each_chunk()
    {
        const string Text = "# Guide\n\nIntro words here.\n\n## Rain\n\nIt rains. It pours. It rains all the day and all the night.\n\n## Sun\n\nShine.";

        Texts(Text, new SplitOptions { Tokens = 20, By = SplitBy.Markdown, HeadingContext = true }).ShouldBe(
        [
            "# Guide\n\nIntro words here.",
            "# Guide\n\n## Rain\n\nIt rains. It pours.",
            "# Guide\n## Rain\n\nIt rains all the day and all the night.",
            "# Guide\n\n## Sun\n\nShine.",
        ]);
    }

    [Fact]
    public void A_long_document_without_a_border_is_split_in_linear_time()
    {
        var text = string.Concat(Enumerable.Repeat("ab cd ", 200_000));

        var chunks = new DocumentSplitter(new SplitOptions { Tokens = 256 }, new TokenCounter(tokenizer: null)).Split(text, []);

        chunks.Count.ShouldBeInRange(1500, 1700);
    }

    [Theory]
    [MemberData(nameof(Borders))]
    public void Four_times_the_text_is_four_times_the_work(SplitBy by, string part)
    {
        long Work(int units)
        {
            var tokenizer = new CountingTokenizer(Words);
            new DocumentSplitter(new SplitOptions { Tokens = 64, By = by }, new TokenCounter(tokenizer)).Split(string.Concat(Enumerable.Repeat(part, units / part.Length)), []);
            return tokenizer.Characters;
        }

        var once = Work(30_000);

        Work(120_000).ShouldBeLessThan((long)(4.5 * once));
    }

    private static string Sentence(int words, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"The {string.Join(' ', Enumerable.Range(number, words).Select(static word => word.ToString(CultureInfo.InvariantCulture)))} rains. ");

    private static string[] Texts(string text, SplitOptions options) => [.. Split(text, options, []).Select(chunk => chunk.TextOf(text))];

    private static IReadOnlyList<DocumentChunk> Split(string text, SplitOptions options, IReadOnlyList<PastChunk> past) =>
        new DocumentSplitter(options, new TokenCounter(Words)).Split(text, past);

    private static List<PastChunk> Past(string text, IReadOnlyList<DocumentChunk> chunks) =>
        [.. chunks.Select((chunk, index) => PastChunk.Of(chunk.TextOf(text), chunk.Start, chunk.Length, index == 0 ? 1 : chunks[index - 1].Start + chunks[index - 1].Length))];

    private static bool IsWellFormed(string text) => !text.EnumerateRunes().Any(static rune => rune == Rune.ReplacementChar);

    private static void Check(string text, SplitOptions options, IReadOnlyList<DocumentChunk> chunks)
    {
        var runes = text.EnumerateRunes().ToArray();
        var elements = new HashSet<int>(StringInfo.ParseCombiningCharacters(text)) { text.Length };
        var counter = new TokenCounter(Words);
        var covered = 0;
        foreach (var chunk in chunks)
        {
            (chunk.Start - 1).ShouldBeLessThanOrEqualTo(runes.Length);
            for (; covered < chunk.Start - 1; covered++)
            {
                Rune.IsWhiteSpace(runes[covered]).ShouldBeTrue("a character between two chunks is lost");
            }

            var body = string.Concat(runes.Skip(chunk.Start - 1).Take(chunk.Length));
            chunk.TextOf(text).ShouldBe(chunk.Headings + body);
            text.Substring(chunk.Index, chunk.Units).ShouldBe(body);
            string.IsNullOrWhiteSpace(body).ShouldBeFalse();
            (chunk.Start - 1 + chunk.Length).ShouldBeGreaterThan(covered);
            covered = chunk.Start - 1 + chunk.Length;
            IsBorder(chunk.Index).ShouldBeTrue("begins within a character");
            IsBorder(chunk.Index + chunk.Units).ShouldBeTrue("ends within a character");
            counter.Count(chunk.TextOf(text)).ShouldBeLessThanOrEqualTo(options.Tokens);
        }

        runes.Skip(covered).ShouldAllBe(static rune => Rune.IsWhiteSpace(rune));

        // White space makes one character with a sign that is put before others, but is no part of a chunk.
        bool IsBorder(int at) => elements.Contains(at) || char.IsWhiteSpace(text[at]) || char.IsWhiteSpace(text[at - 1]);
    }

    /// <summary>Counts the characters that it is given.</summary>
    private sealed class CountingTokenizer(ITokenizer tokenizer) : ITokenizer
    {
        public long Characters { get; private set; }

        public int PadId => tokenizer.PadId;

        public int Encode(ReadOnlySpan<char> text, int maxTokens, TokenBuffer tokens)
        {
            Characters += text.Length;
            return tokenizer.Encode(text, maxTokens, tokens);
        }
    }
}
