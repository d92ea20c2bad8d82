using IngestEmbeddings.Cli.Shown;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A password is masked however it is written, and a mask hides nothing else.</summary>
public sealed class A6RedactionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-a6-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("postgresql://me:correct horse/battery@localhost/c", "horse", "battery")]
    [InlineData("postgresql://me:my p@ss/word@localhost/c", "p@", "ss/", "'ss'")]
    [InlineData("postgresql://me:first#second@localhost/c", "first", "second")]
    [InlineData("postgresql://me:first?second@localhost/c", "first", "second")]
    [InlineData("postgresql://me:first?x=second@localhost/c", "first", "second")]
    [InlineData("postgresql://me:first:second third@localhost/c", "first", "second", "third")]
    [InlineData("Host=localhost;Username=me;Password='first second;third'", "first", "second", "third")]
    [InlineData("postgresql://localhost/c?user=me&password=first second", "first", "second")]
    public async Task A_password_is_not_shown_and_not_looked_up(string store, params string[] parts)
    {
        foreach (var (arguments, variable) in (((string[], string)[])[(["--store", store], ""), ([], store)]))
        {
            var result = await ToolProcess.RunAsync(
                ["run", .. arguments], new Dictionary<string, string> { ["EMBED_STORE"] = variable, ["PGPASSWORD"] = "" });

            result.ExitCode.ShouldBeOneOf(2, 5);
            parts.ShouldAllBe(part => !(result.Output + result.Errors).Contains(part, StringComparison.Ordinal), result.Errors);
        }
    }

    [Theory]
    [InlineData("run", "sentences", "100", "STORE")]
    [InlineData("run", "STORE")]
    [InlineData("load", "sentences", "STORE")]
    [InlineData("run", "--lexicon", "STORE")]
    public async Task A_store_at_a_wrong_place_is_masked_too(params string[] line)
    {
        var result = await ToolProcess.RunAsync(
            line.Select(word => word == "STORE" ? "postgresql://me:correct horse/battery@localhost/c" : word));

        result.ExitCode.ShouldBe(2, result.Errors);
        (result.Output + result.Errors).ShouldNotContain("horse");
        (result.Output + result.Errors).ShouldNotContain("battery");
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("a")]
    [InlineData("1")]
    [InlineData("note")]
    public async Task A_password_that_is_a_word_of_ours_masks_none_of_ours(string password)
    {
        var result = await ToolProcess.RunAsync(
            ["run", "--model", "builtin:hashing", "--store", "postgresql://postgres@127.0.0.1:1/postgres"],
            new Dictionary<string, string> { ["PGPASSWORD"] = password });

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("error: postgresql://postgres@127.0.0.1:1/postgres: no server answers");
        result.Errors.ShouldNotContain("***");
    }

    [Theory]
    [InlineData("EMBED_STORE_FILE", "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n")]
    [InlineData("EMBED_STORE_FILE", "MIIEvQ")]
    [InlineData("EMBED_STORE_FILE", "postgresql://me:MIIEvQ@localhost:port/c")]
    [InlineData("PG_PASSWORD_FILE", "MIIEvQ\nsecond line\n")]
    [InlineData("PGPASSWORD_FILE", "")]
    public async Task A_secret_file_with_the_wrong_content_is_named_and_not_printed(string variable, string content)
    {
        var path = Path.Combine(_folder, "secret");
        await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);

        var result = await ToolProcess.RunAsync(["run"], new Dictionary<string, string> { [variable] = path, ["PGPASSWORD"] = "" });

        result.ExitCode.ShouldBe(2, result.Errors);
        result.Errors.ShouldContain(path);
        (result.Output + result.Errors).ShouldNotContain("MIIE");
        (result.Output + result.Errors).ShouldNotContain("BEGIN");
    }

    [Fact]
    public async Task A_password_where_a_store_belongs_is_not_printed()
    {
        var result = await ToolProcess.RunAsync(["run"], new Dictionary<string, string> { ["EMBED_STORE"] = "correct horse battery" });

        result.ExitCode.ShouldBe(2, result.Errors);
        result.Errors.ShouldContain("EMBED_STORE:");
        result.Errors.ShouldNotContain("horse");
    }

    [Fact]
    public void What_a_server_says_is_masked_and_what_we_say_is_not()
    {
        var mask = new SecretMask();
        mask.Add(["postgres", "correct horse"]);
        var server = new InvalidOperationException("28000: role \"postgres\" has no \"correct horse\"");
        var fault = new IngestException(IngestError.Configuration, "postgresql://postgres@h/d: role \"postgres\" has no \"correct horse\". Check the user.", server);

        mask.Own("postgresql://postgres@h/d and correct horse").ShouldBe("postgresql://postgres@h/d and ***");
        mask.Own(mask.Quoted(fault.Message, fault)).ShouldStartWith("postgresql://postgres@h/d: role \"***\" has no \"***\"");
    }

    [Theory]
    [InlineData("postgresql://me@h/c?application_name=a@b", "postgresql://me@h/c?application_name=a@b")]
    [InlineData("postgresql://h:5432/c?application_name=me:a@b", "postgresql://h:5432/c?application_name=me:a@b")]
    [InlineData("postgresql://me:x@h/c?application_name=a@b", "postgresql://me:***@h/c?application_name=a@b")]
    [InlineData("postgresql//me:x@y@h/c", "postgresql//me:***@h/c")]
    public void The_rest_of_a_URL_is_shown(string url, string shown) => Secrets.RedactUrl(url).ShouldBe(shown);
}
