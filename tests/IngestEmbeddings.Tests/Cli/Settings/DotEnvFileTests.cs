using IngestEmbeddings.Cli.Settings;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Settings;

public sealed class DotEnvFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-env-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Names_values_quotes_and_comments_are_understood()
    {
        Write("# corpus\nPG_HOST=db\r\nexport PG_USER = me\nPG_PASSWORD='a $b # c'\nEMBED_PREFIX=\nEMBED_WORKERS=1\nEMBED_WORKERS=2 # two\n");

        DotEnvFile.Read(Path.Combine(_folder, ".env")).ShouldBe(
            CommandLine.Variables(
                ("PG_HOST", "db"), ("PG_USER", "me"), ("PG_PASSWORD", "a $b # c"), ("EMBED_PREFIX", ""), ("EMBED_WORKERS", "2")),
            ignoreOrder: true);
    }

    [Fact]
    public void A_line_that_is_not_understood_is_named_without_its_text()
    {
        Write("PG_HOST=db\nhush hush\n");

        var exception = Should.Throw<IngestException>(() => DotEnvFile.Read(Path.Combine(_folder, ".env")));

        exception.Error.ShouldBe(IngestError.Usage);
        exception.Message.ShouldBe(
            $"{_folder}/.env, near line 2: not of the form NAME=value. Put a value with spaces or '#' between quotes.");
        exception.ToString().ShouldNotContain("hush");
    }

    private void Write(string text) => File.WriteAllText(Path.Combine(_folder, ".env"), text);
}
