using IngestEmbeddings.Postgres.Faults;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

public class FailpointVariableTests
{
    [Fact]
    public async Task An_action_happens_at_its_point_alone()
    {
        var action = FailpointVariable.Parse("before_commit:throw");

        await action("after_claim");
        await Should.ThrowAsync<InvalidOperationException>(async () => await action("before_commit"));
    }

    [Fact]
    public async Task A_number_names_the_occurrence()
    {
        var action = FailpointVariable.Parse("after_read:throw@2|after_commit:sleep=1");

        await action("after_read");
        await action("after_commit");
        await Should.ThrowAsync<InvalidOperationException>(async () => await action("after_read"));
        await action("after_read");
    }

    [Theory]
    [InlineData("before_commit")]
    [InlineData("before_commit:explode")]
    public void What_cannot_be_read_is_refused(string text)
    {
        Should.Throw<IngestException>(() => FailpointVariable.Parse(text)).Message.ShouldContain(text);
    }
}
