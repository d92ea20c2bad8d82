using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

public sealed class WordPieceTests
{
    private static int[] Ids(string text, params string[] words)
    {
        using var folder = new TokenizerFolderFixture();
        return folder.Write(TokenizerFolderFixture.Bert(words)).Load().Ids(text);
    }

    [Fact]
    public void The_longest_token_wins_and_continuations_carry_the_prefix() =>
        Ids("unbound", "un", "unb", "##ound", "##bound", "ound").ShouldBe([2, 5, 6, 3]);

    [Fact]
    public void A_word_that_cannot_be_covered_is_one_unknown_token() =>
        Ids("unbound bound", "un", "bound").ShouldBe([2, 1, 5, 3]);

    [Fact]
    public void A_word_of_more_than_a_hundred_characters_is_unknown() =>
        Ids($"{new string('a', 100)} {new string('a', 101)}", "a", "##a").ShouldBe([2, 4, .. Enumerable.Repeat(5, 99), 1, 3]);

    [Fact]
    public void Case_accents_and_control_characters_are_taken_away() =>
        Ids("É\u0000te\u0301\u200B", "ete").ShouldBe([2, 4, 3]);

    [Fact]
    public void Chinese_characters_and_punctuation_stand_alone() =>
        Ids("a中文-b", "a", "中", "文", "-", "b").ShouldBe([2, 4, 5, 6, 7, 8, 3]);

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character_and_is_dropped() =>
        Ids("a\uD800b", "ab").ShouldBe([2, 4, 3]);

    [Fact]
    public void A_special_token_in_the_text_is_that_token() =>
        Ids("a[SEP]a", "a").ShouldBe([2, 4, 3, 4, 3]);

    [Fact]
    public void A_long_text_keeps_its_special_tokens_and_reports_what_was_cut()
    {
        using var folder = new TokenizerFolderFixture();
        var tokenizer = folder.Write(TokenizerFolderFixture.Bert("a", "b", "c")).Load();
        var tokens = new TokenBuffer();

        tokenizer.Encode("a b c", 4, tokens).ShouldBe(1);

        tokens.From(0).ToArray().ShouldBe([2, 4, 5, 3]);
    }
}
