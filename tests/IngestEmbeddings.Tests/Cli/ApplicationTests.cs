using IngestEmbeddings.Events;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli;

public sealed class ApplicationTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task The_version_is_shown() =>
        (await _program.RunAsync("--version")).ShouldBe(new(0, $"{HelpText.Version}\n", ""));

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("sentences x --wrokers --help")]
    [InlineData("help")]
    public async Task The_help_lists_every_command_whatever_else_is_wrong(string line)
    {
        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBe(HelpText.Overview(CommandList.Specs));
        CommandList.Specs.ShouldAllBe(spec => result.Output.Contains($"\n  {spec.Name} ", StringComparison.Ordinal));
        result.Output.Split('\n').ShouldAllBe(line => line.Length <= 120);
    }

    [Fact]
    public async Task Each_command_has_its_help_by_either_way()
    {
        foreach (var spec in CommandList.Specs)
        {
            (await _program.RunAsync($"{spec.Name} --help")).ShouldBe(new(0, HelpText.Of(spec), ""));
            (await _program.RunAsync($"help {spec.Name}")).ShouldBe(new(0, HelpText.Of(spec), ""));
        }
    }

    [Fact]
    public async Task Help_shows_the_options_of_the_command_alone_by_groups()
    {
        var help = (await _program.RunAsync("help init")).Output;

        help.ShouldContain("\nUsage:\n  ingest-embeddings init [<table>] [options]\n");
        help.ShouldNotContain("--workers N");
        help.ShouldMatch(@"(?s)\nArguments:\n  <table>.*\nWhat to do:\n  --dimensions N.*\nDatabase:\n  --store URL.*\nGeneral:\n");
        help.ShouldNotContain("\nModel:");
    }

    [Theory]
    [InlineData("help statsu", "statsu is not a command. Did you mean 'ingest-embeddings status'?")]
    [InlineData("help model", "model is not a command. Did you mean 'ingest-embeddings model list' or 'ingest-embeddings model pull' or ")]
    [InlineData("help run fast", "run fast is not a command.")]
    public async Task Help_of_no_command_is_a_mistake(string line, string mistake)
    {
        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldStartWith($"error: {mistake}");
    }

    [Fact]
    public async Task Diagnostics_are_shown_when_asked_for()
    {
        _program.Environment["INGEST_LOG"] = "debug";
        var result = await _program.RunAsync("--limit 10 --progress none");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldStartWith("Limit of 10 rows reached");
        result.Errors.ShouldContain($"debug: Program[1] ingest-embeddings {HelpText.Version}: run in {_program.Folder}\n");
        result.Errors.ShouldContain("information: Run[10] Run started: 1 workers, 10 rows to do\n");
        result.Errors.ShouldContain("debug: Run[20] Worker 0 read 10 rows");
        result.Errors.ShouldNotContain("trace: ");
    }

    [Fact]
    public async Task An_unknown_level_of_diagnostics_is_a_mistake()
    {
        _program.Environment["INGEST_LOG"] = "loud";

        (await _program.RunAsync("")).Errors.ShouldStartWith("error: INGEST_LOG=loud: give trace, debug, information, warning or error.\n");
    }

    [Fact]
    public async Task A_mistake_ends_with_2_before_anything_is_opened()
    {
        _program.OpenStore = (_, _, _, _) => throw new InvalidOperationException("Nothing may be opened.");

        var result = await _program.RunAsync("--workers 0");

        result.ExitCode.ShouldBe(2);
        result.Output.ShouldBeEmpty();
        result.Errors.ShouldBe(
            "error: --workers 0: give a whole number from 1 to 1024.\nNothing was opened. See 'ingest-embeddings --help'.\n");
    }

    [Fact]
    public async Task An_unexpected_error_is_one_line_and_a_hint_without_secrets()
    {
        _program.Environment["PG_PASSWORD"] = "hush";
        _program.OpenStore = (_, _, _, _) => throw new InvalidOperationException("Password=hush was refused.");

        var result = await _program.RunAsync("sentences --store postgresql://db/x --model builtin:hashing");

        result.ExitCode.ShouldBe(ExitCode.Unexpected);
        result.Errors.ShouldBe(
            "error: InvalidOperationException: Password=*** was refused.\n"
            + "note: Unexpected error. INGEST_DEBUG=1 shows details. Written rows are kept; run the same command to resume.\n");
    }

    [Fact]
    public async Task Debugging_shows_where_a_fault_came_from_and_still_no_secrets()
    {
        _program.Environment["INGEST_DEBUG"] = "1";
        _program.Write(".env", "PGPASSWORD=hush\n");
        _program.OpenStore = (_, _, _, _) => throw new InvalidOperationException("Password=hush was refused.");

        var errors = (await _program.RunAsync("sentences --store postgresql://db/x")).Errors;

        errors.ShouldContain("   at ");
        errors.ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("PG_PASSWORD", "hush-42")]
    [InlineData("EMBED_STORE", "postgresql://me:hu%73h-42@db/x")]
    [InlineData("--store", "postgresql://me:hu%73h-42@db/x")]
    public async Task What_the_store_says_is_shown_without_the_password(string way, string value)
    {
        var store = way == "--store" ? $"--store {value}" : "";
        _program.Environment["PG_HOST"] = "db";
        if (store == "")
        {
            _program.Environment[way] = value;
        }

        _program.OpenStore = (_, observer, _, _) =>
        {
            observer.Observe(new RowsHidden("hush-42"));
            throw new InvalidOperationException("hush-42 (hu%73h-42) was refused.");
        };

        var result = await _program.RunAsync($"sentences --model builtin:hashing {store}");

        result.Errors.ShouldContain("note: Row-level security hides rows of *** from this role");
        result.Errors.ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_password_in_a_store_that_is_not_understood_is_not_shown() =>
        (await _program.RunAsync("--store mysql://me:hush@db/x")).Errors.ShouldNotContain("hush");
}
