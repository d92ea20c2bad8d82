using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Reading creates nothing, and what other programs write otherwise is no name of a file.</summary>
public sealed class D23ReadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-d23-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("status")]
    [InlineData("index")]
    [InlineData("bench", "--model", "builtin:hashing")]
    [InlineData("bench", "--write", "--model", "builtin:hashing")]
    [InlineData("status", "--store", "sqlite:other.db")]
    [InlineData("run", "--dry-run")]
    public async Task A_command_that_reads_leaves_an_empty_folder_empty(params string[] line)
    {
        var result = await ToolProcess.RunAsync(line, folder: _folder);

        result.ExitCode.ShouldBe(line[0] == "run" ? 0 : 5, result.Errors);
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
        (await ToolProcess.RunAsync(["run", "--progress", "none"], folder: _folder)).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("sqlite://a.db")]
    [InlineData("sqlite:///a.db")]
    [InlineData("sqlite::memory:")]
    [InlineData("sqlite::memory")]
    [InlineData("sqlite:file:a.db")]
    [InlineData("sqlite:a.db?mode=memory")]
    [InlineData("sqlite:")]
    [InlineData("sqlite:folder/")]
    public async Task What_another_program_would_understand_otherwise_is_refused(string store)
    {
        var result = await ToolProcess.RunAsync(["run", "--progress", "none", "--store", store], folder: _folder);

        result.ExitCode.ShouldBe(2, result.Errors);
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
        File.Exists("/a.db").ShouldBeFalse();
    }

    [Theory]
    [InlineData("run", "sentences")]
    [InlineData("init", "sentences")]
    [InlineData("status", "sentences")]
    [InlineData("load", "sentences", "a.txt")]
    public async Task A_folder_that_is_missing_is_named(params string[] line)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.txt"), "Aloha\n", TestContext.Current.CancellationToken);

        var result = await ToolProcess.RunAsync([.. line, "--store", "sqlite:missing/a.db"], folder: _folder);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("missing/a.db");
        result.Errors.ShouldNotContain("Exception");
    }
}
