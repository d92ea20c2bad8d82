using IngestEmbeddings.Searching;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Searching;

public class RankFusionTests
{
    [Fact]
    public void A_row_of_both_rankings_comes_before_the_first_of_one()
    {
        var fused = RankFusion.Fuse([Ranking("a", "b", "c"), Ranking("d", "c")], top: 10);

        fused.Select(row => row.Key[0]).ShouldBe(["c", "a", "d", "b"]);
        fused[0].Score.ShouldBe((1.0 / 63) + (1.0 / 62), 1e-12);
        fused[1].Score.ShouldBe(1.0 / 61, 1e-12);
    }

    [Fact]
    public void An_empty_ranking_changes_no_order() =>
        RankFusion.Fuse([Ranking("b", "a"), []], top: 1).ShouldHaveSingleItem().Key.ShouldBe(["b"]);

    [Fact]
    public void Keys_of_several_columns_that_look_alike_are_different_rows() =>
        RankFusion.Fuse([[Row("a", "b, c")], [Row("a, b", "c")]], top: 10).Count.ShouldBe(2);

    private static IReadOnlyList<FoundRow> Ranking(params string[] keys) => [.. keys.Select(key => Row(key))];

    private static FoundRow Row(params string[] key) => new(key, 0.5, "text");
}
