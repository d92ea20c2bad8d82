using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A <c>.env</c> in a folder that is not ours: it gets no file, no password and no variable of the user's.</summary>
public sealed class A5DotEnvTests : IAsyncLifetime
{
    private const string OtherSecret = "na-ka-mea-e-4431";

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-a5-").FullName;
    private NetworkNamespaces _network = null!;
    private CredentialTrap _trap = null!;

    public async ValueTask InitializeAsync()
    {
        // An address of this machine that is none of loopback's.
        _network = await NetworkNamespaces.CreateAsync(1);
        _trap = new CredentialTrap(_network.Address);
    }

    public async ValueTask DisposeAsync()
    {
        if (_trap is not null)
        {
            await _trap.DisposeAsync();
            await _network.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_file_outside_the_folder_is_not_sent()
    {
        var outside = Directory.CreateTempSubdirectory("ingest-a5-home-");
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "id_rsa"), OtherSecret, Cancel);
        WriteEnv($"EMBED_STORE={Url()}\nPG_PASSWORD_FILE={outside.FullName}/id_rsa\n");

        var result = await RunAsync(password: "");

        outside.Delete(recursive: true);
        ShouldBeKept(result);
        result.Errors.ShouldContain("outside the folder");
    }

    [Fact]
    public async Task A_link_that_leads_out_of_the_folder_is_followed_before_it_is_judged()
    {
        var outside = Directory.CreateTempSubdirectory("ingest-a5-home-");
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "id_rsa"), OtherSecret, Cancel);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "keys"), outside.FullName);
        WriteEnv($"EMBED_STORE={Url()}\nPG_PASSWORD_FILE=keys/id_rsa\n");

        var result = await RunAsync(password: "");

        outside.Delete(recursive: true);
        ShouldBeKept(result);
    }

    [Fact]
    public async Task A_file_in_the_folder_is_read()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "secrets"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "secrets", "pw"), OtherSecret + "\n", Cancel);
        WriteEnv($"EMBED_STORE={Url()}\nPG_PASSWORD_FILE=secrets/pw\n");

        (await RunAsync(password: "")).Errors.ShouldNotContain(OtherSecret);

        _trap.Told.ShouldContain(OtherSecret);
    }

    [Fact]
    public async Task The_environment_s_password_does_not_go_to_a_host_that_only_the_file_names()
    {
        WriteEnv($"EMBED_STORE={Url()}\n");

        var result = await RunAsync(OtherSecret);

        ShouldBeKept(result);
        result.Errors.ShouldContain("PGPASSWORD");
        result.Errors.ShouldContain("--store");
    }

    [Fact]
    public async Task Variables_of_a_host_are_no_way_around()
    {
        WriteEnv($"PG_HOST={_trap.Address}\nPG_PORT={_trap.Port}\nPGSSLMODE=disable\n");

        ShouldBeKept(await RunAsync(OtherSecret));
    }

    [Fact]
    public async Task The_password_file_of_the_home_is_no_way_around()
    {
        var home = Directory.CreateDirectory(Path.Combine(_folder, "home")).FullName;
        await File.WriteAllTextAsync(Path.Combine(home, ".pgpass"), $"*:*:*:*:{OtherSecret}\n", Cancel);
        File.SetUnixFileMode(Path.Combine(home, ".pgpass"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        WriteEnv($"EMBED_STORE={Url()}\n");

        ShouldBeKept(await RunAsync("", more: ("HOME", home)));
    }

    [Fact]
    public async Task Variables_of_the_process_are_not_filled_in()
    {
        WriteEnv($"EMBED_STORE={Url()}&application_name=$OTHER_SECRET\n");

        var result = await RunAsync("", more: ("OTHER_SECRET", OtherSecret));

        ShouldBeKept(result);
        result.Errors.ShouldContain("single quotes");
    }

    [Fact]
    public async Task The_file_cannot_weaken_the_connection_to_a_host_of_the_user_s()
    {
        WriteEnv("PGSSLMODE=disable\n");

        ShouldBeKept(await RunAsync(OtherSecret, ["--store", $"postgresql://me@{_trap.Address}:{_trap.Port}/corpus"]));
    }

    [Theory]
    [InlineData("chown postgres .env", "belongs to another user")]
    [InlineData("chmod g+w .env", "chmod go-w")]
    [InlineData("chmod o+w .env", "chmod go-w")]
    [InlineData("mv .env real; ln -s real .env; chown -h postgres .env", "belongs to another user")]
    public async Task A_file_that_another_user_owns_or_may_write_is_not_read(string change, string said)
    {
        WriteEnv($"EMBED_STORE={Url()}\nPG_PASSWORD={OtherSecret}\n");
        await Shell.RunAsync($"cd {_folder} && {change}");

        var result = await RunAsync("");

        _trap.Connections.ShouldBe(0);
        result.Errors.ShouldContain(".env is not read");
        result.Errors.ShouldContain(said);
    }

    [Theory]
    [InlineData("mkfifo .env")]
    [InlineData("ln -s /dev/zero .env")]
    [InlineData("mkdir .env")]
    public async Task What_is_no_regular_file_is_not_read(string change)
    {
        await Shell.RunAsync($"cd {_folder} && {change}");

        var result = await ToolProcess.RunAsync(["run", "--progress", "none"], folder: _folder, within: TimeSpan.FromSeconds(60));

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Errors.ShouldContain("not a regular file");
    }

    [Fact]
    public async Task A_file_that_is_named_is_the_user_s_word_and_none_can_be_wished()
    {
        WriteEnv($"EMBED_STORE={Url()}\n");

        (await RunAsync("", ["--no-env-file"])).ExitCode.ShouldBe(0);
        _trap.Connections.ShouldBe(0);

        (await RunAsync(OtherSecret, ["--env-file", ".env"])).Errors.ShouldNotContain(OtherSecret);
        _trap.Told.ShouldContain(OtherSecret);
    }

    [Fact]
    public async Task The_start_says_where_the_host_came_from()
    {
        WriteEnv($"EMBED_STORE={Url()}\nPG_PASSWORD={OtherSecret}\n");

        (await RunAsync("")).Errors.ShouldContain("The server is named by .env");
    }

    [Theory]
    [InlineData("prefer", false)]
    [InlineData("allow", false)]
    [InlineData("require", false)]
    [InlineData("disable", true)]
    public async Task A_password_in_clear_is_the_user_s_own_wish(string mode, bool isSent)
    {
        var result = await RunAsync(OtherSecret, ["--store", $"postgresql://me@{_trap.Address}:{_trap.Port}/corpus?sslmode={mode}"]);

        _trap.Told.Contains(OtherSecret, StringComparison.Ordinal).ShouldBe(isSent, result.Errors);
        result.Errors.ShouldNotContain(OtherSecret);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Url() => $"postgresql://me@{_trap.Address}:{_trap.Port}/corpus?sslmode=disable";

    private void WriteEnv(string text)
    {
        var path = Path.Combine(_folder, ".env");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<ToolResult> RunAsync(string password, string[]? arguments = null, (string Name, string Value)? more = null)
    {
        var variables = new Dictionary<string, string> { ["PGPASSWORD"] = password, ["HOME"] = _folder };
        if (more is var (name, value))
        {
            variables[name] = value;
        }

        return ToolProcess.RunAsync(
            ["run", "--model", "builtin:hashing", "--progress", "none", .. arguments ?? []], variables, TimeSpan.FromSeconds(60), _folder);
    }

    private void ShouldBeKept(ToolResult result)
    {
        _trap.Told.ShouldNotContain(OtherSecret);
        (result.Output + result.Errors).ShouldNotContain(OtherSecret);
        result.ExitCode.ShouldBe(2, result.Errors);
    }
}
