using IngestEmbeddings.Batching;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Encoding;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Batching;

public sealed class BudgetProbeTests
{
    [Theory]
    [InlineData(0, 256)]
    [InlineData(5, 4096)]
    public void The_budget_grows_as_long_as_calls_have_a_cost_of_their_own(double overheadMilliseconds, int expected) =>
        Measure(tokens => overheadMilliseconds + (tokens * 0.01)).Tokens.ShouldBe(expected);

    [Fact]
    public void A_slow_model_is_measured_for_a_second_at_most()
    {
        var time = new FakeTimeProvider();
        var start = time.GetTimestamp();

        Measure(static tokens => 100 + (tokens * 0.5), time).Tokens.ShouldBe(512);

        time.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_call_that_something_else_slowed_down_does_not_decide()
    {
        var calls = 0;

        // The fourth call is the last of the smallest budget, the fifth the first of the next.
        Measure(tokens => (calls++ == 4 ? 40 : 0) + 5 + (tokens * 0.01)).Tokens.ShouldBe(4096);
    }

    [Fact]
    public void A_budget_that_the_model_fails_is_not_taken() =>
        Measure(static tokens => 5 + (tokens * 0.01), fails: static tokens => tokens > 1024).Tokens.ShouldBe(1024);

    [Fact]
    public void A_model_that_fails_every_trial_gets_the_smallest_budget_to_halve_from() =>
        Measure(static tokens => tokens * 0.01, fails: static _ => true).Tokens.ShouldBe(256);

    [Fact]
    public void On_a_gpu_what_a_call_costs_besides_its_tokens_is_measured()
    {
        Measure(static tokens => 1 + (tokens * 0.00025), range: BudgetRange.Device).CallCost.ShouldBeInRange(3700, 4300);
        Measure(static tokens => tokens * 0.01, range: BudgetRange.Device).CallCost.ShouldBe(BatchBudget.DefaultCallCost);
        Measure(static tokens => 1 + (tokens * 0.00025)).CallCost.ShouldBe(BatchBudget.DefaultCallCost);
    }

    private static BatchBudget Measure(
        Func<int, double> milliseconds, FakeTimeProvider? time = null, Func<int, bool>? fails = null, BudgetRange? range = null)
    {
        time ??= new FakeTimeProvider();
        using var model = new WordModel
        {
            Fails = batch =>
            {
                time.Advance(TimeSpan.FromMilliseconds(milliseconds(batch.Ids.Length)));
                return fails?.Invoke(batch.Ids.Length) ?? false;
            },
        };
        return BudgetProbe.Measure(model, model, maxTokens: null, range ?? BudgetRange.Processor, time);
    }
}
