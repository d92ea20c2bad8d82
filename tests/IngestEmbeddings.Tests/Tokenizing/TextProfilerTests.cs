using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Tokenizing;

public class TextProfilerTests
{
    [Fact]
    public void Lengths_and_what_is_cut_off_are_counted_with_the_special_tokens()
    {
        var profile = new TextProfiler(new LetterTokenizer(), "p:", maxTokens: 8).Profile(["a", "abc", "abcdefghij"]);

        profile.Lengths.ShouldBe([5, 7, 8]);
        (profile.Truncated, profile.LostTokens, profile.Tokens).ShouldBe((1, 6, 20));
        (profile.Quantile(0.5), profile.Quantile(1)).ShouldBe((7, 8));
        profile.Histogram().ShouldBe([(8, 3)]);
    }

    [Fact]
    public void A_letter_that_is_flattened_left_out_or_unknown_is_named_in_the_corpus_own_letters()
    {
        var profile = new TextProfiler(new LetterTokenizer(), "", maxTokens: null).Profile(["āʻā", "ā\u16A0e"]);

        profile.Unseen.ShouldBe([new("ā", 3, "a"), new("ʻ", 1, ""), new("\u16A0", 1, null)]);
        profile.UnknownTokens.ShouldBe(1);
    }

    [Fact]
    public void Letters_that_the_model_knows_are_not_named_nor_those_it_takes_apart() =>
        new TextProfiler(new LetterTokenizer(), "", maxTokens: null).Profile(["é\uC694"]).Unseen.ShouldBeEmpty();

    /// <summary>One token a letter between two special ones: drops the ʻokina, takes ā for a, knows é, and nothing else outside of ASCII.</summary>
    private sealed class LetterTokenizer : ITokenizer
    {
        private const int Unknown = 1;

        public int PadId => 0;

        public int Encode(ReadOnlySpan<char> text, int maxTokens, TokenBuffer tokens)
        {
            var ids = new List<int>();
            foreach (var rune in text.EnumerateRunes())
            {
                switch (rune.Value)
                {
                    case 'ʻ':
                        break;
                    case '\uC694':
                        ids.AddRange(['\u110B', '\u116D']);
                        break;
                    case '\u110B' or '\u116D':
                        ids.Add(rune.Value);
                        break;
                    case 'ā':
                        ids.Add('a');
                        break;
                    default:
                        ids.Add(rune.IsAscii || rune.Value == 'é' ? rune.Value : Unknown);
                        break;
                }
            }

            var kept = Math.Min(ids.Count, maxTokens - 2);
            tokens.Add(2);
            foreach (var id in ids.Take(kept))
            {
                tokens.Add(id);
            }

            tokens.Add(3);
            return ids.Count - kept;
        }
    }
}
