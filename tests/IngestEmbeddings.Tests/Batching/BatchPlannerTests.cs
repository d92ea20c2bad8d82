using CsCheck;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Batching;

public sealed class BatchPlannerTests
{
    [Fact]
    public void Every_text_is_taken_once_within_the_budget_and_longest_first() =>
        Gen.Select(Gen.Int[0, 60].Array[0, 300], Gen.Int[1, 2000], Gen.Int[1, 64]).Sample((lengths, tokens, rows) =>
        {
            var buffer = Buffer(lengths);
            var planner = new BatchPlanner(buffer);
            var budget = new BatchBudget(tokens, rows);
            var taken = new List<int>();
            while (planner.TryTake(budget, out var texts))
            {
                var longest = lengths[texts[0]];
                (texts.Length == 1 || longest * texts.Length <= tokens).ShouldBeTrue();
                texts.Length.ShouldBeLessThanOrEqualTo(rows);
                taken.AddRange(texts);
            }

            taken.Order().ShouldBe(Enumerable.Range(0, lengths.Length).Where(text => lengths[text] > 0));
            taken.Select(text => lengths[text]).ShouldBeInOrder(SortDirection.Descending);
        });

    [Fact]
    public void A_budget_that_shrinks_on_the_way_is_followed()
    {
        var planner = new BatchPlanner(Buffer([.. Enumerable.Repeat(4, 10)]));

        planner.TryTake(new BatchBudget(16, 64), out var first);
        planner.TryTake(new BatchBudget(8, 64), out var second);

        first.Length.ShouldBe(4);
        second.Length.ShouldBe(2);
    }

    [Fact]
    public void A_batch_is_filled_up_with_padding_at_the_end_of_its_rows()
    {
        var batch = new TokenBatch();
        batch.Fill(Buffer([2, 3, 1]), [1, 2], padId: -1);

        batch.Rows.ShouldBe(2);
        batch.Width.ShouldBe(3);
        batch.Lengths.ToArray().ShouldBe([3, 1]);
        batch.Ids.ToArray().ShouldBe([10, 11, 12, 20, -1, -1]);
    }

    [Fact]
    public void A_batch_that_is_filled_again_shows_nothing_of_what_it_held()
    {
        var buffer = Buffer([3, 1]);
        var batch = new TokenBatch();
        batch.Fill(buffer, [0, 1, 0], padId: -1);
        batch.Fill(buffer, [1], padId: -1);

        batch.Ids.ToArray().ShouldBe([10]);
        batch.Lengths.ToArray().ShouldBe([1]);
    }

    /// <summary>Texts of given lengths; text 1 has the ids 10, 11, 12 …</summary>
    private static TokenBuffer Buffer(int[] lengths)
    {
        var buffer = new TokenBuffer();
        for (var text = 0; text < lengths.Length; text++)
        {
            for (var i = 0; i < lengths[text]; i++)
            {
                buffer.Add((10 * text) + i);
            }

            buffer.EndText();
        }

        return buffer;
    }
}
