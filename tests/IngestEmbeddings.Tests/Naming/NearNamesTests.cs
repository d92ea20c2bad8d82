using IngestEmbeddings.Text;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Naming;

public class NearNamesTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("table", "table", 0)]
    [InlineData("table", "tabel", 1)]
    [InlineData("table", "tables", 1)]
    [InlineData("table", "able", 1)]
    [InlineData("table", "cable", 1)]
    [InlineData("sentence", "sentiment", 4)]
    public void Edits_are_insertions_deletions_replacements_and_swaps(string from, string to, int edits)
    {
        NearNames.Edits(from, to).ShouldBe(edits);
        NearNames.Edits(to, from).ShouldBe(edits);
    }

    [Fact]
    public void The_nearest_three_come_first_whatever_their_case() =>
        NearNames.Of("sentense", ["chunks", "Sentences", "sentence", "sentence_2", "sentience", "SENTENSE"])
            .ShouldBe(["SENTENSE", "sentence", "Sentences"]);

    [Fact]
    public void A_name_that_contains_the_word_is_near() =>
        NearNames.Of("text", ["hawaiian_text", "id", "embedding"]).ShouldBe(["hawaiian_text"]);

    [Fact]
    public void A_piece_of_two_letters_is_in_too_many_names() =>
        NearNames.Of("-w", ["--workers", "--word-list"]).ShouldBeEmpty();

    [Fact]
    public void A_name_that_shares_little_is_not_near() =>
        NearNames.Of("documents", ["sentences", "chunks"]).ShouldBeEmpty();

    [Fact]
    public void A_name_that_is_there_twice_is_shown_once() =>
        NearNames.Of("notse", ["notes", "notes"]).ShouldBe(["notes"]);
}
