using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Nothing that others wrote moves the cursor, turns the text round, or begins a line of its own.</summary>
public sealed class A7TerminalTests : IDisposable
{
    private const string Evil = "x\u001b[2Jy\nProcessed batch: 7777\u202e\u0085\u009bz";
    private const string Forged = "Processed batch: 7777";

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-a7-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("run", Evil)]
    [InlineData("run", "t", Evil)]
    [InlineData("run", "--" + Evil)]
    [InlineData("run", "--workers", Evil)]
    [InlineData("run", "--lexicon", Evil)]
    [InlineData("run", "--store", "sqlite:" + Evil)]
    [InlineData("run", "--model", Evil)]
    [InlineData("load", "t", Evil + ".tsv")]
    [InlineData("status", Evil)]
    [InlineData("model", "info", Evil)]
    public async Task An_argument_is_shown_escaped(params string[] line) =>
        ShouldBeTame(await ToolProcess.RunAsync(line, folder: _folder));

    [Theory]
    [InlineData("evil\u001b[2J\nProcessed batch: 7777.tsv", "1\ta\n1\tb\n")]
    [InlineData("ids.tsv", "id\ttext\nx\u001b[2J\u202e\ta\n")]
    [InlineData("names.jsonl", "{\"te\\u001b[2J\\nProcessed batch: 7777\": 1}\n")]
    [InlineData("bad.csv", "\u001b[2Jid;text\n")]
    public async Task A_file_s_name_and_content_are_shown_escaped(string name, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, name), content, TestContext.Current.CancellationToken);

        ShouldBeTame(await ToolProcess.RunAsync(["load", "t", name, "--text-field", "te\u001b[2J\nProcessed batch: 7777"], folder: _folder));
        ShouldBeTame(await ToolProcess.RunAsync(["load", "t", name], folder: _folder));
    }

    [Fact]
    public async Task A_table_s_names_are_shown_escaped()
    {
        const string Table = "t\u001b[2J\nProcessed batch: 7777";
        var result = await ToolProcess.RunAsync(["init", Table, "--text-column", "c\u001b]0;x\u0007\n"], folder: _folder);

        result.ExitCode.ShouldBe(0, result.Errors);
        ShouldBeTame(result);
        ShouldBeTame(await ToolProcess.RunAsync(["run", Table, "--dry-run"], folder: _folder));
        ShouldBeTame(await ToolProcess.RunAsync(["status", Table], folder: _folder));
        ShouldBeTame(await ToolProcess.RunAsync(["run", Table], folder: _folder));
    }

    [Fact]
    public async Task A_server_s_error_is_shown_escaped()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE notes(id bigint PRIMARY KEY, text text, embedding vector(384));
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '%', E'x\u001b[2J\nProcessed batch: 7777' USING ERRCODE = '42501'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.tsv"), "1\ta\n", TestContext.Current.CancellationToken);

        var result = await ToolProcess.RunAsync(
            ["load", "notes", "a.tsv", "--store", UrlOf(database)], folder: _folder);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("\\u001B[2J\\n");
        ShouldBeTame(result);
    }

    [Fact]
    public async Task The_details_of_a_fault_are_shown_escaped()
    {
        var result = await ToolProcess.RunAsync(
            ["run", "t\u001b[2J"], new Dictionary<string, string> { ["INGEST_DEBUG"] = "1" }, folder: _folder);

        (result.Output + result.Errors).ShouldNotContain("\u001b");
    }

    [Theory]
    [InlineData("plain ʻōlelo 👩‍👧 می‌خواهم", "plain ʻōlelo 👩‍👧 می‌خواهم")]
    [InlineData("a\u001bb\u0007\u0000\u007f\u009b", "a\\u001Bb\\u0007\\u0000\\u007F\\u009B")]
    [InlineData("a\tb\r\nc\u0085\u2028\u2029", "a\\tb\\r\\nc\\u0085\\u2028\\u2029")]
    [InlineData("\u202euser\u2066\u200f", "\\u202Euser\\u2066\\u200F")]
    [InlineData("a\U000E0041b", "a\\U000E0041b")]
    public void Characters_that_are_no_text_are_escaped(string text, string shown) => ShownText.Line(text).ShouldBe(shown);

    [Fact]
    public void Half_a_surrogate_pair_is_escaped() => ShownText.Line("a" + '\ud800' + "b").ShouldBe("a\\uD800b");

    [Fact]
    public void Our_own_lines_stay() => ShownText.Lines("a\nb\u001b").ShouldBe("a\nb\\u001B");

    private static string UrlOf(PostgresDatabase database) =>
        $"postgresql://{database.Settings.Username}@127.0.0.1:{database.Settings.Port}/{database.Settings.Database}";

    private static void ShouldBeTame(ToolResult result)
    {
        var shown = result.Output + "\n" + result.Errors;
        shown.Where(static character => char.IsControl(character) && character != '\n').ShouldBeEmpty(shown);
        shown.ShouldNotContain("\u202e");
        shown.Split('\n').ShouldAllBe(static line => !line.StartsWith(Forged, StringComparison.Ordinal), shown);
    }
}
