using System.Diagnostics;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class CompletionCommandTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Theory]
    [InlineData("sta", "status")]
    [InlineData("mo", "model")]
    [InlineData("model q", "quantize")]
    [InlineData("model info --dev", "")]
    [InlineData("search docs --hy", "--hybrid")]
    [InlineData("docs --metrics-o", "--metrics-only")]
    [InlineData("verify --metrics-o", "")]
    [InlineData("index --dis", "--distance")]
    [InlineData("load docs row", "rows.tsv")]
    [InlineData("--env-file row", "rows.tsv")]
    [InlineData("docs --schema row", "")]
    public async Task Bash_completes_commands_options_and_files(string line, string expected)
    {
        _program.Write("rows.tsv", "");
        _program.Write("complete.sh", (await _program.RunAsync("completion bash")).Output);

        var words = line.Split(' ');
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", $"source complete.sh; COMP_WORDS=(ingest-embeddings {line}); COMP_CWORD={words.Length}; _ingest_embeddings; echo \"${{COMPREPLY[*]}}\""])
        {
            RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = _program.Folder,
        })!;

        (await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim().ShouldBe(expected);
    }

    [Fact]
    public async Task Every_script_has_every_command_and_option()
    {
        foreach (var shell in CompletionScript.Shells)
        {
            var result = await _program.RunAsync($"completion {shell}");

            result.ExitCode.ShouldBe(0, shell);
            foreach (var command in CommandList.Specs)
            {
                command.Name.Split(' ').ShouldAllBe(word => result.Output.Contains(word, StringComparison.Ordinal), shell);
                command.Options.ShouldAllBe(option => result.Output.Contains(option.Name.TrimStart('-'), StringComparison.Ordinal), shell);
            }
        }
    }

    [Theory]
    [InlineData("completion")]
    [InlineData("completion tcsh")]
    public async Task Another_shell_is_a_usage_error_that_names_those_there_are(string line)
    {
        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("bash, zsh, fish");
    }
}
