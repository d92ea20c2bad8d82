using IngestEmbeddings.Cli.Searching;
using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class SearchCommandTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_text_shows_the_nearest_rows_with_rank_score_key_and_text()
    {
        await FillAsync("the red house", "a red car", "something else");

        var result = await _program.RunAsync(["search", "notes", "red house", "--top", "2", "--columns", "word_count"]);

        result.ExitCode.ShouldBe(0, result.Errors);
        var lines = result.Output.TrimEnd().Split('\n');
        lines.Length.ShouldBe(2);
        lines[0].ShouldMatch(@"^1  0\.\d{4}  1  word_count=3  the red house$");
        lines[1].ShouldMatch(@"^2  0\.\d{4}  2  word_count=3  a red car$");
    }

    [Fact]
    public async Task Each_line_of_the_standard_input_is_a_text()
    {
        await FillAsync("the red house", "a green tree");
        _program.Input = System.Text.Encoding.UTF8.GetBytes("green tree\r\n\n  \nred house");

        var shown = await _program.RunAsync("search notes --top 1");
        var json = await _program.RunAsync("search notes --top 1 --json");

        shown.Output.Split('\n').Where(line => line.Length > 0).Select(line => line.Split("  ")[^1])
            .ShouldBe(["# green tree", "a green tree", "# red house", "the red house"]);
        json.Output.TrimEnd().Split('\n').Select(line => JsonSchemas.Read("search", line).GetProperty("text").GetString())
            .ShouldBe(["green tree", "red house"]);
    }

    [Fact]
    public async Task The_document_has_the_whole_text_and_the_values_as_they_are()
    {
        await FillAsync("line \u0007 \u202e \"quoted\" ʻokina \U0001F30A");

        var result = await _program.RunAsync("search notes okina --json --columns word_count,frequency,text");

        var row = JsonSchemas.Read("search", result.Output.TrimEnd()).GetProperty("rows")[0];
        row.GetProperty("text").GetString().ShouldBe("line \u0007 \u202e \"quoted\" ʻokina \U0001F30A");
        row.GetProperty("columns").GetProperty("word_count").GetInt32().ShouldBe(6);
        row.GetProperty("columns").GetProperty("text").GetString().ShouldBe(row.GetProperty("text").GetString());
        result.Output.ShouldContain("ʻokina");
        result.Output.ShouldNotContain('\u202e');
        (await _program.RunAsync("search notes okina")).Output.ShouldNotContain('\u0007');
    }

    [Fact]
    public async Task Neighbours_of_a_row_need_no_model()
    {
        await FillAsync("the red house", "a red house", "a tree");
        _program.LoadEncoder = (_, _, _, _) => throw new InvalidOperationException("No model is needed.");

        var result = await _program.RunAsync("search notes --like 1 --json --top 1");

        var document = JsonSchemas.Read("search", result.Output.TrimEnd());
        document.GetProperty("like")[0].GetString().ShouldBe("1");
        document.GetProperty("rows")[0].GetProperty("key")[0].GetString().ShouldBe("2");
        (await _program.RunAsync("search notes --like 9")).ShouldSatisfyAllConditions(
            missing => missing.ExitCode.ShouldBe(5),
            missing => missing.Errors.ShouldContain("9"));
    }

    [Fact]
    public async Task A_text_that_stands_like_an_option_is_taken_after_two_dashes()
    {
        await FillAsync("the red house");

        (await _program.RunAsync(["search", "notes", "--", "--red"])).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("search notes red --like 1", "--like")]
    [InlineData("search notes --like 1 --hybrid", "--hybrid")]
    [InlineData("search notes red --sql --json", "--sql")]
    [InlineData("search notes red --top 0", "--top")]
    [InlineData("search notes red house", "one argument too many")]
    public async Task Mistakes_are_usage_errors(string line, string named)
    {
        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain(named);
    }

    [Fact]
    public void A_line_never_exceeds_the_terminal_whatever_the_script()
    {
        var texts = new[] { "short", new string('x', 300), string.Concat(Enumerable.Repeat("母は台所で", 40)), string.Concat(Enumerable.Repeat("a\u0301", 200)) };
        var found = new RowsFound([.. texts.Select((text, index) => new FoundRow([$"{index}"], 0.5, text))]);

        var lines = new SearchView("notes", "m", [], width: 60).Lines(found).ToList();

        lines.ShouldAllBe(line => TerminalColumns.Of(line) <= 60);
        lines[0].ShouldEndWith("short");
        lines.Skip(1).ShouldAllBe(line => line.EndsWith('…') && TerminalColumns.Of(line) >= 59);
        new SearchView("notes", "m", [], width: null).Lines(found).ElementAt(1).ShouldEndWith(texts[1]);
    }

    private async Task FillAsync(params string[] texts)
    {
        _program.Write("rows.jsonl", string.Concat(texts.Select(text => $"{{\"text\":{System.Text.Json.JsonSerializer.Serialize(text)}}}\n")));
        (await _program.RunAsync("load notes rows.jsonl")).ExitCode.ShouldBe(0);
        var run = await _program.RunAsync("run notes --frequency never");
        run.ExitCode.ShouldBe(0, run.Errors);
    }
}
