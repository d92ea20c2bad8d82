using System.Text.RegularExpressions;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli;

/// <summary>The documentation, the help and the parser say the same.</summary>
public partial class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "cli.md"));

    public static TheoryData<string> Commands { get; } = [.. CommandList.Specs.Select(spec => spec.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_table_of_a_command_is_the_one_in_the_code(string command)
    {
        Section(command).ShouldContain(TableOf(command), Case.Sensitive, "eng/update-cli-page writes it again");
    }

    [Fact]
    public void The_usage_of_every_command_is_the_one_in_the_code() => Page.ShouldContain(Usage, Case.Sensitive, "eng/update-cli-page writes it again");

    /// <summary>The tables and the usage of the page are those of the code; eng/update-cli-page writes them.</summary>
    [Fact]
    public void The_page_is_made_from_the_help()
    {
        var page = UsageBlock().Replace(Page, _ => Usage, 1);
        foreach (var command in CommandList.Specs.Select(static spec => spec.Name))
        {
            page.ShouldContain($"\n## `{command}`\n", Case.Sensitive, "a section with a sentence about the command comes first");
            page = Regex.Replace(
                page,
                $@"(?<head>^## `{Regex.Escape(command)}`\n(?:(?!^## ).*\n)*?)(?:^\|.*\n)+\n",
                match => match.Groups["head"].Value + TableOf(command),
                RegexOptions.Multiline | RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(5));
        }

        if (Environment.GetEnvironmentVariable("INGEST_UPDATE_PAGES") == "1")
        {
            File.WriteAllText(Repository.PathOf("docs", "cli.md"), page);
        }
        else
        {
            page.ShouldBe(Page, "eng/update-cli-page writes it again");
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_help_of_a_command_tells_each_option_with_its_default_and_its_variable(string command)
    {
        // Lines are wrapped in the help.
        var help = WhiteSpace().Replace(HelpText.Of(Named(command)), " ");

        foreach (var spec in Named(command).All)
        {
            var variable = spec.Variable is null ? "" : $"; environment {spec.Variable}";
            help.ShouldContain($" {spec.Label} {spec.Meaning} default: {spec.Default}{variable} ", Case.Sensitive);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_option_of_the_table_is_understood_and_no_other(string command)
    {
        foreach (var option in CommandList.Specs.SelectMany(spec => spec.Options).DistinctBy(option => option.Name))
        {
            var parsed = CommandLine.Parse([.. command.Split(' '), option.Name, .. option.IsSwitch ? Array.Empty<string>() : ["value"]]);

            parsed.Values.Keys.Any(given => given.Name == option.Name)
                .ShouldBe(Named(command).Options.Any(own => own.Name == option.Name), option.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_example_of_the_help_can_be_typed(string command)
    {
        Named(command).Examples.ShouldNotBeEmpty();
        foreach (var (line, _) in Named(command).Examples)
        {
            var words = line.Split("ingest-embeddings")[1].Replace("''", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var parsed = CommandLine.Parse(line.EndsWith("''", StringComparison.Ordinal) ? [.. words, ""] : words);

            parsed.Command.ShouldBe(Named(command));
            parsed.Problems.ShouldBeEmpty();
        }
    }

    [Fact]
    public void What_is_not_built_is_not_in_the_help()
    {
        var words = NoLetters().Split(HelpText.Of(Named("run")));

        foreach (var absent in new[] { "rocm", "serve" })
        {
            words.ShouldNotContain(absent);
        }
    }

    [Fact]
    public void The_exit_codes_are_those_of_the_code()
    {
        var rows = string.Concat(ExitCode.All.Select(exit => $"| {exit.Code} | {exit.Meaning} |\n"));

        Page.ShouldEndWith($"| code | meaning |\n| --- | --- |\n{rows}");
    }

    [Fact]
    public void The_exit_codes_of_faults_are_those_of_the_core()
    {
        ExitCode.Usage.ShouldBe((int)IngestError.Usage);
        ExitCode.Stopped.ShouldBe((int)IngestError.Stopped);
        ExitCode.Configuration.ShouldBe((int)IngestError.Configuration);
        ExitCode.Data.ShouldBe((int)IngestError.Data);
    }

    private static string Usage => $"```\n{string.Concat(CommandList.Specs.Select(static spec => spec.Usage + "\n"))}```\n";

    private static string TableOf(string command)
    {
        var rows = Named(command).All.Select(static spec =>
            $"| `{spec.Label}` | {(spec.Variable is null ? "" : $"`{spec.Variable}`")} | {spec.Default} | {spec.Meaning} |\n");
        return $"| option | environment | default | meaning |\n| --- | --- | --- | --- |\n{string.Concat(rows)}\n";
    }

    [GeneratedRegex("^```\\n(ingest-embeddings .*\\n)+```\\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex UsageBlock();

    private static CommandSpec Named(string command) => CommandList.Specs.Single(spec => spec.Name == command);

    private static string Section(string command) => Page.Split($"## `{command}`\n")[1].Split("## ")[0];

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex WhiteSpace();

    [GeneratedRegex("[^a-z]+", RegexOptions.None, 1000)]
    private static partial Regex NoLetters();
}
