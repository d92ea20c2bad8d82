using CsCheck;
using IngestEmbeddings.Searching;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Searching;

public class NearestRowsTests
{
    [Fact]
    public void It_keeps_what_a_sort_of_all_rows_keeps_also_when_the_rows_come_in_parts() =>
        Gen.Select(Gen.Int[0, 20].Array[0, 60], Gen.Int[1, 12], Gen.Int[0, 60]).Sample((scores, capacity, cut) =>
        {
            var first = new NearestRows<int>(capacity);
            var second = new NearestRows<int>(capacity);
            for (var i = 0; i < scores.Length; i++)
            {
                (i < cut ? first : second).Offer(scores[i], i, i);
            }

            first.Merge(second);

            first.Descending().Select(kept => kept.Row)
                .ShouldBe(Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row]).ThenBy(row => row).Take(capacity));
        });

    [Fact]
    public void What_is_not_a_number_is_not_kept()
    {
        var rows = new NearestRows<int>(2);
        rows.Offer(float.NaN, 0, 0);

        rows.Descending().ShouldBeEmpty();
    }
}
