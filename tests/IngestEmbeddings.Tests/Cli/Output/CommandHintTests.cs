using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Output;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Output;

public class CommandHintTests
{
    [Fact]
    public void Options_that_the_command_takes_too_are_repeated_and_others_are_not() =>
        Hint("docs", "--schema", "laana", "--store", "postgresql://me@db/corpus", "--workers", "4", "--dimensions", "128")
            .Of("init", "docs")
            .ShouldBe("ingest-embeddings init docs --dimensions 128 --store postgresql://me@db/corpus --schema laana");

    [Fact]
    public void Switches_have_no_value() =>
        Hint("bench", "docs", "--metrics-only", "--write").Of("run", "docs").ShouldBe("ingest-embeddings run docs --metrics-only");

    [Fact]
    public void An_option_that_the_hint_gives_itself_is_not_repeated() =>
        Hint("--workers", "4").Of("run", "docs", "--workers", "2").ShouldBe("ingest-embeddings run docs --workers 2");

    [Theory]
    [InlineData("docs", "docs")]
    [InlineData("docs 2", "'docs 2'")]
    [InlineData("l'été", @"'l'\''été'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("", "''")]
    [InlineData("sqlite:a/b.db", "sqlite:a/b.db")]
    public void Words_are_quoted_for_the_shell(string word, string quoted) => CommandHint.Quote(word).ShouldBe(quoted);

    [Fact]
    public void What_begins_with_a_dash_is_still_taken_for_what_it_is()
    {
        var hint = Hint("--prefix=-x", "--", "-t");

        var text = hint.Of("run", "-t");

        text.ShouldBe("ingest-embeddings run --prefix=-x -- -t");
        var again = CommandLine.Parse(text.Split(' ')[1..]);
        again.Problems.ShouldBeEmpty();
        again.Values.Values.ShouldBe(["-x", "-t"], ignoreOrder: true);
    }

    [Fact]
    public void A_suggestion_is_worded_with_its_purpose() =>
        Hint("docs", "--schema", "s").Of(new Suggestion("To create it", "init", "docs"))
            .ShouldBe("To create it: ingest-embeddings init docs --schema s");

    [Fact]
    public void Without_a_command_line_a_suggestion_words_itself() =>
        new Suggestion("To create it", "init", "docs").ToString().ShouldBe("To create it: ingest-embeddings init docs");

    private static CommandHint Hint(params string[] line) => new(CommandLine.Parse(line), CommandList.Specs);
}
