using IngestEmbeddings.Events;
using IngestEmbeddings.Cli;
using IngestEmbeddings.Cli.Arguments;
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
    [InlineData("run --help")]
    public async Task Help_is_shown_whatever_else_is_wrong(string line)
    {
        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldBe(HelpText.Of(CommandNames.Run));
    }

    [Theory]
    [InlineData("init")]
    [InlineData("load")]
    public async Task Each_command_has_its_help(string command)
    {
        var result = await _program.RunAsync($"{command} --help");

        result.Output.ShouldContain($"Usage:\n  ingest-embeddings {command} ");
        result.Output.ShouldNotContain("--workers N");
    }

    [Fact]
    public async Task A_mistake_ends_with_2_before_anything_is_opened()
    {
        _program.OpenStore = (_, _, _) => throw new InvalidOperationException("Nothing may be opened.");

        var result = await _program.RunAsync("--workers 0");

        result.ExitCode.ShouldBe(2);
        result.Output.ShouldBeEmpty();
        result.Errors.ShouldBe(
            "error: --workers 0: give a whole number from 1 to 1024.\nNothing was opened. See 'ingest-embeddings --help'.\n");
    }

    [Fact]
    public async Task A_fault_that_nobody_foresaw_is_one_line_and_a_hint_without_secrets()
    {
        _program.Environment["PG_PASSWORD"] = "hush";
        _program.OpenStore = (_, _, _) => throw new InvalidOperationException("Password=hush was refused.");

        var result = await _program.RunAsync("sentences --store postgresql://db/x --model builtin:hashing");

        result.ExitCode.ShouldBe(ExitCode.Unexpected);
        result.Errors.ShouldBe(
            "error: InvalidOperationException: Password=*** was refused.\n"
            + "note: That was not foreseen. INGEST_DEBUG=1 shows where it came from. What was written is kept; the same command resumes.\n");
    }

    [Fact]
    public async Task Debugging_shows_where_a_fault_came_from_and_still_no_secrets()
    {
        _program.Environment["INGEST_DEBUG"] = "1";
        _program.Write(".env", "PGPASSWORD=hush\n");
        _program.OpenStore = (_, _, _) => throw new InvalidOperationException("Password=hush was refused.");

        var errors = (await _program.RunAsync("sentences --store postgresql://db/x")).Errors;

        errors.ShouldContain("   at ");
        errors.ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("PG_PASSWORD", "hush")]
    [InlineData("EMBED_STORE", "postgresql://me:hu%73h@db/x")]
    [InlineData("--store", "postgresql://me:hu%73h@db/x")]
    public async Task What_the_store_says_is_shown_without_the_password(string way, string value)
    {
        var store = way == "--store" ? $"--store {value}" : "";
        _program.Environment["PG_HOST"] = "db";
        if (store == "")
        {
            _program.Environment[way] = value;
        }

        _program.OpenStore = (_, observer, _) =>
        {
            observer.Observe(new RowsHidden("hush"));
            throw new InvalidOperationException("hush (hu%73h) was refused.");
        };

        var result = await _program.RunAsync($"sentences --model builtin:hashing {store}");

        result.Errors.ShouldContain("note: Row-level security hides rows of *** from this role");
        result.Errors.ShouldNotContain("hush");
    }

    [Fact]
    public async Task A_password_in_a_store_that_is_not_understood_is_not_shown() =>
        (await _program.RunAsync("--store mysql://me:hush@db/x")).Errors.ShouldNotContain("hush");
}
