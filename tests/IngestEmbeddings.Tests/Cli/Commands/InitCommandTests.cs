using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class InitCommandTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task What_was_created_is_listed_and_then_nothing_is_missing()
    {
        var first = await _program.RunAsync("init docs --text-column body");
        var second = await _program.RunAsync("init docs");

        first.ExitCode.ShouldBe(0);
        first.Output.ShouldStartWith("Created ");
        first.Output.ShouldEndWith($"docs is ready in sqlite:{_program.PathOf("ingest.db")}.\n");
        second.ExitCode.ShouldBe(0);
        second.Output.ShouldStartWith("Nothing to create: docs has embedding ");
    }
}
