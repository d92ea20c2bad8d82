using IngestEmbeddings.Tests.Cli;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Security;

/// <summary>Names of tables and columns are names, whatever characters they have: they never become a part of a statement.</summary>
public sealed class IdentifierTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>, IDisposable
{
    private const string Kept = "CREATE TABLE IF NOT EXISTS kept (id bigint PRIMARY KEY, body text, embedding vector(384))";

    private readonly TestProgram _program = new();

    public static TheoryData<string> Names =>
    [
        "two words", "say \"aloha\"", "it's", "x; DROP TABLE kept; --", "$1", "$$", "\\", "%s {0}", "a.b", "select", "user", "Mixed Case",
        "ʻōlelo", "🌺", "e\u0301", "tab\tname", "line\nname", new string('n', 55), "x' OR true --", "/*", "\"; DROP TABLE kept; --",
    ];

    public void Dispose() => _program.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_may_be_any(string name)
    {
        var quoted = '"' + name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
        await database.ExecuteAsync(Kept);
        await database.ExecuteAsync($"DROP SCHEMA IF EXISTS {quoted} CASCADE");
        await database.ExecuteAsync($"CREATE SCHEMA {quoted}");
        await database.ExecuteAsync($"CREATE TABLE {quoted}.{quoted} (id bigint PRIMARY KEY, {quoted} text, embedding vector(384))");
        await database.ExecuteAsync($"INSERT INTO {quoted}.{quoted} VALUES (1, 'one'), (2, 'two')");
        string[] where = ["--schema", name, "--text-column", name];

        (await RunAsync(["init", name, .. where])).ExitCode.ShouldBe(0);
        var run = await RunAsync(["run", name, "--model", "builtin:hashing", .. where]);
        run.ExitCode.ShouldBe(0, run.Errors);
        (await RunAsync(["status", name, .. where])).ExitCode.ShouldBe(0);

        (await database.ScalarAsync<long>($"SELECT count(embedding) FROM {quoted}.{quoted}")).ShouldBe(2);
        (await database.ScalarAsync<long>("SELECT count(*) FROM kept")).ShouldBe(0);
    }

    [Fact]
    public async Task A_name_that_would_be_cut_off_is_refused()
    {
        var name = new string('n', 60);
        await database.ExecuteAsync($"CREATE TABLE {name} (id bigint PRIMARY KEY, text text)");

        var result = await RunAsync(["init", name]);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain($"{name}_metrics is longer than a name of PostgreSQL may be, 63 bytes");
    }

    [Theory]
    [MemberData(nameof(Names))]
    [InlineData("kept; DROP TABLE kept")]
    [InlineData("nul\0name")]
    public async Task A_name_that_is_not_there_is_an_error_and_nothing_else(string name)
    {
        await database.ExecuteAsync(Kept);
        var tables = await database.ScalarAsync<long>("SELECT count(*) FROM pg_class");

        foreach (var line in (string[][])
        [
            ["run", name + "?"], ["run", "kept", "--schema", name + "?"], ["run", "kept", "--text-column", name], ["run", "kept", "--id-column", name],
            ["run", "kept", "--embedding-column", name], ["status", name + "?"], ["index", name + "?"],
        ])
        {
            var result = await RunAsync([.. line, .. line[0] == "run" ? (string[])["--model", "builtin:hashing"] : []]);
            result.ExitCode.ShouldBe(5, $"{string.Join(' ', line)}\n{result.Errors}");
        }

        (await database.ScalarAsync<long>("SELECT count(*) FROM pg_class")).ShouldBe(tables);
    }

    private Task<ToolResult> RunAsync(IReadOnlyList<string> arguments)
    {
        var settings = database.Settings;
        _program.Environment["EMBED_STORE"] = $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}";
        return _program.RunAsync(arguments);
    }
}
