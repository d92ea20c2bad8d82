using System.Text.RegularExpressions;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Documentation;

/// <summary>The commands of the README and of the tutorial, as they stand there, run in their order on a fresh copy of the repository.</summary>
[Slow]
public sealed partial class PageCommandsTests : IAsyncLifetime
{
    private readonly string _copy = Directory.CreateTempSubdirectory("ingest-copy-").FullName;
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        Directory.Delete(_copy, recursive: true);
    }

    [Fact]
    public async Task The_commands_of_the_README_and_the_tutorial_succeed_in_their_order()
    {
        if (!Directory.Exists(Repository.PathOf(".git")) && !File.Exists(Repository.PathOf(".git")))
        {
            Assert.Skip("Needs a clone of the repository.");
        }

        await Shell.RunAsync($"cd '{Repository.Root}' && git ls-files -z -co --exclude-standard | tar --null -T - -cf - 2>/dev/null | tar -xf - -C '{_copy}'");
        await File.WriteAllTextAsync(Path.Combine(_copy, "my-texts.tsv"), "id\ttext\n1\tA first sentence.\n2\tA second one.\n", TestContext.Current.CancellationToken);
        // A model of the same layout in the place of one that has to be fetched.
        File.CreateSymbolicLink(Path.Combine(_copy, "multilingual-e5-small"), "artifacts/models/all-MiniLM-L6-v2");
        var ran = 0;
        foreach (var page in new[] { "README.md", "docs/tutorial.md" })
        {
            foreach (Match block in Block().Matches(await File.ReadAllTextAsync(Path.Combine(_copy, page), TestContext.Current.CancellationToken)))
            {
                await RunAsync(page, block.Groups["commands"].Value);
                ran++;
            }
        }

        ran.ShouldBeGreaterThan(9);
    }

    private async Task RunAsync(string page, string commands)
    {
        var settings = _database.Settings;
        var here = Server().Replace(commands, $"export PG_HOST={settings.Host} PG_PORT={settings.Port} PG_DATABASE={settings.Database} PG_USER={settings.Username}");
        await File.WriteAllTextAsync(Path.Combine(_copy, "block.sh"), here, TestContext.Current.CancellationToken);

        var (code, output) = await ServerPrograms.TryRunAsync(
            "/bin/bash", asPostgres: false, "-c", $"cd '{_copy}' && env -u EMBED_STORE -u EMBED_MODEL -u PGHOST -u PG_HOST -u INGEST_TEST_POSTGRES bash -eu block.sh");

        code.ShouldBe(0, $"{page}:\n{commands}\n{output}");
    }

    [GeneratedRegex(@"^```sh\n(?<commands>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();

    [GeneratedRegex("export PG_HOST=localhost PG_DATABASE=corpus PG_USER=me", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Server();
}
