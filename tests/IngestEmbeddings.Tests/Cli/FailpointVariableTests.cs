using IngestEmbeddings.Cli;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli;

public class FailpointVariableTests
{
    [Fact]
    public async Task An_action_happens_at_its_point_alone()
    {
        var failpoints = FailpointVariable.Parse("before_commit:throw");

        await failpoints.ReachAsync("after_claim");
        await Should.ThrowAsync<InvalidOperationException>(async () => await failpoints.ReachAsync("before_commit"));
    }

    [Fact]
    public async Task A_number_names_the_occurrence()
    {
        var failpoints = FailpointVariable.Parse("after_read:throw@2|after_commit:sleep=1");

        await failpoints.ReachAsync("after_read");
        await failpoints.ReachAsync("after_commit");
        await Should.ThrowAsync<InvalidOperationException>(async () => await failpoints.ReachAsync("after_read"));
        await failpoints.ReachAsync("after_read");
    }

    [Theory]
    [InlineData("before_commit")]
    [InlineData("before_commit:explode")]
    [InlineData("before_commit:sleep=soon")]
    [InlineData("before_commit:throw@often")]
    [InlineData("before_commit@1:throw")]
    [InlineData("a:throw|b")]
    public void What_cannot_be_read_is_refused(string text)
    {
        Should.Throw<IngestException>(() => FailpointVariable.Parse(text)).Message.ShouldContain($"INGEST_FAILPOINT has '{text.Split('|')[^1]}'.");
    }

    [Fact]
    public async Task A_variable_that_cannot_be_read_ends_the_program_with_5()
    {
        var result = await ToolProcess.RunAsync(["--version"], new Dictionary<string, string> { ["INGEST_FAILPOINT"] = "before_commit" });

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldStartWith("error: INGEST_FAILPOINT has 'before_commit'.");
    }
}
