using IngestEmbeddings.Tests.Cli;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Security;

/// <summary>
/// Passwords, given in each way that there is, right and wrong: they open the door and are never shown. <see cref="ToolProcess"/>
/// searches all that the program says for them, with the origin of every error shown too.
/// </summary>
public sealed class PasswordTests(PasswordServer server) : IClassFixture<PasswordServer>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-secret-").FullName;
    private readonly TestProgram _program = new();

    public void Dispose()
    {
        _program.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("PG_PASSWORD")]
    [InlineData("PGPASSWORD")]
    [InlineData("PG_PASSWORD_FILE")]
    [InlineData("PGPASSFILE")]
    [InlineData("EMBED_STORE")]
    [InlineData("EMBED_STORE_FILE")]
    [InlineData("--store")]
    [InlineData(".env")]
    public async Task A_password_opens_the_door_and_is_kept_nowhere(string way)
    {
        var result = await RunAsync("kimo", way);

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Errors.Contains("visible in the process list", StringComparison.Ordinal).ShouldBe(way == "--store");
        await server.ShouldHaveKeptNoPasswordAsync();
    }

    [Theory]
    [InlineData("PG_PASSWORD")]
    [InlineData("PGPASSFILE")]
    [InlineData("--store")]
    public async Task A_wrong_password_is_said_to_be_wrong_and_not_shown(string way)
    {
        var result = await RunAsync("lehua", way);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("the password is wrong");
        result.Errors.ShouldContain("PGPASSWORD");
    }

    [Fact]
    public async Task A_password_that_is_wanted_and_not_given_is_asked_for()
    {
        var result = await ToolProcess.RunAsync(
            ["run", "sentences", "--store", server.Url("kimo", null)], new Dictionary<string, string> { ["PGPASSWORD"] = "", ["HOME"] = _folder });

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("Set PGPASSWORD");
    }

    [Theory]
    [InlineData("postgresql://kimo:PASSWORD@127.0.0.1:1/postgres", 5)] // no server listens
    [InlineData("postgresql://kimo:PASSWORD@no-such-host.invalid/postgres", 5)]
    [InlineData("postgresql://kimo:PASSWORD@127.0.0.1:1,127.0.0.1:2/postgres", 5)]
    [InlineData("postgresql://127.0.0.1:1/postgres?user=kimo&password=PASSWORD", 5)]
    [InlineData("postgresql://kimo:PASSWORD@127.0.0.1:1/postgres?colour=red", 5)]
    [InlineData("postgresql://kimo:PASSWORD@127.0.0.1:port/postgres", 2)]
    [InlineData("postgresql//kimo:PASSWORD@127.0.0.1/postgres", 2)]
    [InlineData("mysql://kimo:PASSWORD@127.0.0.1/postgres", 2)]
    [InlineData("Host=127.0.0.1;Username=kimo;Password=PASSWORD", 2)]
    [InlineData("Password=PASSWORD", 2)]
    public async Task A_password_in_a_store_that_does_not_open_is_not_shown(string store, int code)
    {
        store = store.Replace("PASSWORD", Canary.Password, StringComparison.Ordinal);
        _program.Environment["INGEST_DEBUG"] = "1";

        var inArguments = await _program.RunAsync(["run", "sentences", "--store", store]);
        _program.Environment["EMBED_STORE"] = store;
        var inVariable = await _program.RunAsync(["run", "sentences"]);

        inArguments.ExitCode.ShouldBe(code, inArguments.Errors);
        inVariable.ExitCode.ShouldBe(code, inVariable.Errors);
    }

    [Fact]
    public async Task A_password_at_a_wrong_place_of_the_command_line_is_not_shown()
    {
        var url = server.Url("kimo", Canary.Password);
        foreach (var line in (string[][])
        [
            ["run", url, url, url], ["run", "sentences", url], ["run", "sentences", "--stoer", url], ["run", "sentences", $"--stoer={url}"],
            [url], ["status", url], ["init", url], ["run", "sentences", "--model", url], ["run", "sentences", "--lexicon", url],
            ["load", "sentences", url], ["load", url, "sentences.tsv"], ["run", "sentences", "--workers", url], ["model", "info", url],
        ])
        {
            (await _program.RunAsync(line)).ExitCode.ShouldNotBe(0, string.Join(' ', line));
        }
    }

    [Fact]
    public async Task A_file_for_a_password_that_is_not_there_is_named()
    {
        _program.Environment["PG_PASSWORD_FILE"] = "/nowhere/password";

        var result = await _program.RunAsync("run sentences");

        result.ExitCode.ShouldBe(2, result.Errors);
        result.Errors.ShouldContain("PG_PASSWORD_FILE: /nowhere/password cannot be read");
    }

    private Task<ToolResult> RunAsync(string user, string way)
    {
        string[] arguments = ["run", "sentences", "--model", "builtin:hashing"];
        var (url, password) = (server.Url(user, Canary.Password), Canary.Password);
        var variables = new Dictionary<string, string> { ["PGPASSWORD"] = "", ["HOME"] = _folder, ["INGEST_DEBUG"] = "1" };
        switch (way)
        {
            case "PG_PASSWORD_FILE":
                variables[way] = Write("password", password + "\n");
                break;
            case "EMBED_STORE_FILE":
                variables[way] = Write("store", url + "\n");
                break;
            case "PGPASSFILE":
                variables[way] = Write("passfile", $"127.0.0.1:{server.Port}:postgres:{user}:{password}\n");
                break;
            case ".env":
                Write(".env", $"PG_PASSWORD={password}\n");
                break;
            case "EMBED_STORE":
                variables[way] = url;
                break;
            case "--store":
                arguments = [.. arguments, "--store", url];
                break;
            default:
                variables[way] = password;
                break;
        }

        if (way is not ("--store" or "EMBED_STORE" or "EMBED_STORE_FILE"))
        {
            arguments = [.. arguments, "--store", server.Url(user, null)];
        }

        return ToolProcess.RunAsync(arguments, variables, folder: _folder);
    }

    private string Write(string file, string text)
    {
        var path = Path.Combine(_folder, file);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            // A file of passwords that others may read is not read.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
