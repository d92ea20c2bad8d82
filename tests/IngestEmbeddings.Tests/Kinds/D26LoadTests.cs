using IngestEmbeddings.Cli.Reading;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A file is loaded as what it is, and a line is told by its number.</summary>
public sealed class D26LoadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-d26-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a.csv", "id;text\n1;Aloha\n", "';'")]
    [InlineData("a.csv", "1;Aloha\n2;Mahalo\n", "';'")]
    [InlineData("a.csv", "\"id\";\"text\"\n1;Aloha\n", "quotes")]
    [InlineData("a.csv", "id\ttext\n1\tAloha\n", "tabs")]
    [InlineData("a.csv", "1\tAloha kākou\n", "tabs")]
    [InlineData("a.csv", "key|body\n1|Aloha\n", "'|'")]
    [InlineData("a.csv", "sep=;\nid;text\n1;Aloha\n", "Excel")]
    [InlineData("a.tsv", "id,text\n1,Aloha\n", "','")]
    [InlineData("a.tsv", "id;text\n1;Aloha\n", "';'")]
    public async Task Fields_that_are_separated_otherwise_are_refused(string name, string content, string named)
    {
        var result = await LoadAsync(name, content);

        result.ExitCode.ShouldBe(6, result.Errors);
        result.Errors.ShouldContain(named);
    }

    [Theory]
    [InlineData("a.csv", "Aloha; pehea ʻoe?\nMahalo\n")]
    [InlineData("a.csv", "1; 2; 3\n")]
    [InlineData("a.tsv", "Aloha, pehea ʻoe?\n")]
    [InlineData("a.tsv", "Ua kū | ua noho\n")]
    [InlineData("a.csv", "id,text\n1,a;b\n2,\"c\td\"\n")]
    public async Task Texts_with_such_signs_are_loaded(string name, string content)
    {
        var result = await LoadAsync(name, content);

        result.ExitCode.ShouldBe(0, result.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Empty_lines_count(bool onServer)
    {
        // A row at each second line; the id of line 5999 is there already.
        var lines = Enumerable.Range(1, 3000).Select(static i => $"{(i == 3000 ? 17 : i)}\ta\n\n");
        var result = await LoadAsync("a.tsv", string.Concat(lines), onServer);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("a.tsv, line 5999:");
    }

    [Theory]
    [InlineData("a.csv", "id,text\n1,\"a\nb\nc\"\n2,d\nx,e\n", "a.csv, line 6:")]
    [InlineData("a.csv", "id,text\n\n\n1,a\nx,\"b\nc\"\n", "a.csv, line 5:")]
    [InlineData("a.jsonl", "{\"id\":1,\"text\":\"a\"}\n\n\n{\"id\":\"x\",\"text\":\"b\"}\n", "a.jsonl, line 4:")]
    [InlineData("a.tsv", "id\ttext\n1\ta\n\nx\tb\n", "a.tsv, line 4:")]
    public async Task A_row_is_told_by_the_line_it_begins_at(string name, string content, string place)
    {
        foreach (var onServer in (bool[])[false, true])
        {
            var result = await LoadAsync(name, content, onServer);

            result.ExitCode.ShouldBe(5, result.Errors);
            result.Errors.ShouldContain(place);
        }
    }

    [Fact]
    public void Lines_are_remembered_where_their_distance_changes()
    {
        var random = new Random(26);
        var (lines, numbers, line) = (new List<long>(), new LineNumbers(), 0L);
        for (var i = 0; i < 10_000; i++)
        {
            line += random.Next(100) == 0 ? random.Next(1, 9) : 2;
            lines.Add(line);
            numbers.Add(line);
        }

        Enumerable.Range(1, lines.Count).ShouldAllBe(row => numbers.LineOf(row) == lines[row - 1]);
        numbers.LineOf(0).ShouldBeNull();
        numbers.LineOf(lines.Count + 1).ShouldBeNull();
    }

    [Theory]
    [InlineData("\"User\"", "User")]
    [InlineData("\"a\"\"b\"", "a\"b")]
    [InlineData("\"Wā\"", "Wā")]
    [InlineData("User", "User")]
    public async Task A_quoted_name_is_the_name(string given, string name)
    {
        await using var database = await PostgresDatabase.CreateAsync();

        var result = await ToolProcess.RunAsync(["init", given, "--text-column", "\"Text\"", "--store", UrlOf(database)], folder: _folder);

        result.ExitCode.ShouldBe(0, result.Errors);
        (await database.ListAsync<string>("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")).ShouldContain(name);
        (await database.ScalarAsync<long>("SELECT count(*) FROM pg_attribute WHERE attname = 'Text'")).ShouldBe(1);
        (await ToolProcess.RunAsync(["status", given, "--store", UrlOf(database)], folder: _folder)).ExitCode.ShouldBe(0);
    }

    private static string UrlOf(PostgresDatabase database) =>
        $"postgresql://{database.Settings.Username}@127.0.0.1:{database.Settings.Port}/{database.Settings.Database}";

    private async Task<ToolResult> LoadAsync(string name, string content, bool onServer = false)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, name), content, TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(_folder, "ingest.db"));
        if (!onServer)
        {
            return await ToolProcess.RunAsync(["load", "t", name], folder: _folder);
        }

        await using var database = await PostgresDatabase.CreateAsync();
        await database.ExecuteAsync("CREATE TABLE t(id bigint PRIMARY KEY, text text)");
        return await ToolProcess.RunAsync(["load", "t", name, "--store", UrlOf(database)], folder: _folder);
    }
}
