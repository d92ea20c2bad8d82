using CsCheck;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Batching;

public sealed class BatchPlannerTests
{
    [Fact]
    public void Where_a_call_costs_more_there_are_fewer_with_more_padding()
    {
        int[] lengths = [.. Enumerable.Range(3, 40)];
        int Calls(BatchBudget budget)
        {
            var planner = new BatchPlanner(Buffer(lengths));
            var calls = 0;
            while (planner.TryTake(budget, out _))
            {
                calls++;
            }

            return calls;
        }

        Calls(new BatchBudget(4096, 256)).ShouldBeGreaterThan(5);
        Calls(new BatchBudget(4096, 256, CallCost: 2000)).ShouldBe(1);
    }

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
    public void Cuts_fall_where_lengths_change_when_padding_would_cost_more_than_a_call()
    {
        var planner = new BatchPlanner(Buffer([.. Enumerable.Repeat(8, 20), .. Enumerable.Repeat(40, 20), 7]));

        planner.TryTake(new BatchBudget(4096, 256), out var longest);
        planner.TryTake(new BatchBudget(4096, 256), out var shorter);

        longest.Length.ShouldBe(20);
        // One token of padding is cheaper than a call of its own.
        shorter.Length.ShouldBe(21);
    }

    [Fact]
    public void The_plan_is_the_cheapest_of_all_plans() =>
        Gen.Select(Gen.Int[1, 60].Array[1, 10], Gen.Int[30, 200]).Sample((lengths, tokens) =>
        {
            var budget = new BatchBudget(tokens, 4);
            var planner = new BatchPlanner(Buffer(lengths));
            var cost = 0;
            while (planner.TryTake(budget, out var texts))
            {
                cost += BatchBudget.DefaultCallCost + (lengths[texts[0]] * texts.Length);
            }

            cost.ShouldBe(Cheapest([.. lengths.OrderDescending()], budget));
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
        batch.SequenceLength.ShouldBe(3);
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

    /// <summary>The cost of the best plan, by trying every plan.</summary>
    private static int Cheapest(ReadOnlySpan<int> sorted, BatchBudget budget)
    {
        var best = sorted.Length == 0 ? 0 : int.MaxValue;
        for (var rows = 1; sorted.Length > 0 && rows <= Math.Min(sorted.Length, budget.RowsOf(sorted[0])); rows++)
        {
            best = Math.Min(best, BatchBudget.DefaultCallCost + (sorted[0] * rows) + Cheapest(sorted[rows..], budget));
        }

        return best;
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
