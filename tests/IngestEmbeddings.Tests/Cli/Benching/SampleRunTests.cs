using IngestEmbeddings.Cli.Benching;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Benching;

public class SampleRunTests
{
    [Fact]
    public async Task The_sample_begins_again_at_its_end()
    {
        await using var run = new SampleRun(["a", "b", "c"]);
        await using var one = await run.OpenSessionAsync(0, TestContext.Current.CancellationToken);
        await using var other = await run.OpenSessionAsync(1, TestContext.Current.CancellationToken);

        (await one.ReadAsync(2, TestContext.Current.CancellationToken)).ShouldNotBeNull().Texts.ShouldBe(["a", "b"]);
        (await other.ReadAsync(3, TestContext.Current.CancellationToken)).ShouldNotBeNull().Texts.ShouldBe(["c", "a", "b"]);
    }
}
