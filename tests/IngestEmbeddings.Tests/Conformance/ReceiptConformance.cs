using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Receipts of runs, which the store keeps.</summary>
public abstract class ReceiptConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact]
    public async Task Receipts_are_kept_for_each_table_the_last_one_first_and_the_oldest_are_forgotten()
    {
        var notes = await CreateAsync("notes", "a");
        var other = await CreateAsync("other", "a");
        (await notes.ReadReceiptsAsync(Cancel)).ShouldBeEmpty();

        await other.KeepReceiptAsync("{}", Cancel);
        for (var number = 1; number <= 102; number++)
        {
            await notes.KeepReceiptAsync($"{number}", Cancel);
        }

        await Fixture.ReopenAsync();
        (await (await OpenAsync("notes")).ReadReceiptsAsync(Cancel)).ShouldBe(Enumerable.Range(3, 100).Reverse().Select(number => $"{number}"));
        (await (await OpenAsync("other")).ReadReceiptsAsync(Cancel)).ShouldBe(["{}"]);
    }
}
