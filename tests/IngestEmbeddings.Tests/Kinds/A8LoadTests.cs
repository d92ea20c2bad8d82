using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>What is loaded is a regular file of lines: anything else is refused at once, in bounded memory.</summary>
public sealed class A8LoadTests : IDisposable
{
    private const double MaxMegabytes = 400;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-a8-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ln -s /dev/zero input.txt")]
    [InlineData("mkfifo input.txt")]
    [InlineData("ln -s /dev/stdin input.txt")]
    [InlineData("mkdir input.txt")]
    public async Task What_is_no_regular_file_is_refused(string change)
    {
        await Shell.RunAsync($"cd {_folder} && {change}");
        await using var tool = ToolProcess.Start(["load", "t", "input.txt"], wrapper: Shell.Wrap("exec timeout 40 \"$@\" < <(exec sleep 60 >/dev/null 2>&1)"), folder: _folder);

        var result = await tool.WaitAsync(Soon);

        result.ExitCode.ShouldBeOneOf(2, 5);
        result.Errors.ShouldContain("input.txt");
        File.Exists(Path.Combine(_folder, "ingest.db")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("text", "")]
    [InlineData("tsv", "1\\ta\\n2\\t")]
    [InlineData("csv", "1,a\\n2,\"")]
    [InlineData("jsonl", "{\"text\":\"a\"}\\n{\"text\":\"")]
    public async Task A_line_without_an_end_is_refused_in_bounded_memory(string format, string begin)
    {
        await using var tool = ToolProcess.Start(
            ["load", "t", "-", "--format", format],
            wrapper: Shell.Wrap($"{{ printf '{begin}'; tr '\\0' x < /dev/zero | head -c 1000000000; }} | \"$@\""), folder: _folder);

        var result = await tool.WaitAsync(Soon);

        result.ExitCode.ShouldBe(6, result.Errors);
        result.Errors.ShouldContain(format == "text" ? "line 1" : format == "csv" ? "after line 1" : "line 2");
        result.Errors.ShouldContain("16,777,216 characters");
    }

    [Fact]
    public async Task The_memory_for_a_line_is_bounded()
    {
        var path = Path.Combine(_folder, "long.txt");
        await Shell.RunAsync($"tr '\\0' x < /dev/zero | head -c 1000000000 > {path}");
        await using var tool = ToolProcess.Start(["load", "t", path], folder: _folder);

        var (result, megabytes) = await tool.WatchAsync();

        result.ExitCode.ShouldBe(6, result.Errors);
        megabytes.ShouldBeLessThan(MaxMegabytes);
    }

    [Theory]
    [InlineData("ln -s /dev/zero words")]
    [InlineData("mkfifo words")]
    public async Task A_word_list_is_a_regular_file(string change)
    {
        await Shell.RunAsync($"cd {_folder} && {change}");

        var result = await ToolProcess.RunAsync(["run", "--lexicon", "words"], within: Soon, folder: _folder);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("not a regular file");
    }

    [Fact]
    public async Task A_text_of_ten_million_characters_is_loaded()
    {
        var path = Path.Combine(_folder, "large.txt");
        await File.WriteAllTextAsync(path, new string('x', 10_000_000), TestContext.Current.CancellationToken);

        var result = await ToolProcess.RunAsync(["load", "t", path], within: Soon, folder: _folder);

        result.ExitCode.ShouldBe(0, result.Errors);
    }
}
