using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>Metrics made again by the real program, after a run of several workers.</summary>
public sealed class RecomputeTests : IDisposable
{
    private const int Rows = 3000;

    // Every value but the time.
    private const string Metrics = "id || ' ' || coalesce(word_ratio, -1) || ' ' || word_count || ' ' || length || ' ' || entity_count || ' ' || coalesce(frequency, -1) || ' ' || text_hash";

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-e2e-").FullName;

    public RecomputeTests()
    {
        // Texts come two to six times, in places that lie in key ranges of several workers.
        File.WriteAllLines(
            Path.Combine(_folder, "texts.tsv"),
            Enumerable.Range(1, Rows).Select(static i => $"{i}\tThe text {i % 500 + i % 7 / 6} of Alice and Bob").Prepend("id\ttext"));
        File.WriteAllLines(Path.Combine(_folder, "words.txt"), ["text", "Alice"]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Metrics_made_again_with_a_lexicon_and_frequencies_are_those_of_a_fresh_run_embedded_store()
    {
        await ShouldBeThoseOfAFreshRunAsync("sqlite:ingest.db", table =>
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "ingest.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT {Metrics} FROM {table} ORDER BY id";
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
            {
                rows.Add(reader.GetString(0));
            }

            return Task.FromResult<IReadOnlyList<string>>(rows);
        });
    }

    [Fact]
    public async Task Metrics_made_again_with_a_lexicon_and_frequencies_are_those_of_a_fresh_run_PostgreSQL()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await ShouldBeThoseOfAFreshRunAsync(
            $"postgresql://{database.Settings.Username}@{database.Settings.Host}:{database.Settings.Port}/{database.Settings.Database}",
            async table => await database.ListAsync<string>($"SELECT {Metrics} FROM {table} ORDER BY id"));
    }

    private async Task ShouldBeThoseOfAFreshRunAsync(string store, Func<string, Task<IReadOnlyList<string>>> readAsync)
    {
        string[] hashing = ["--model", "builtin:hashing"];
        string[] recipe = ["--lexicon", "words.txt", "--frequency", "always"];
        foreach (var table in (string[])["notes", "fresh"])
        {
            await RunAsync(store, "init", table, "--dimensions", "384");
            await RunAsync(store, "load", table, "texts.tsv");
        }

        await RunAsync(store, ["run", "notes", "100", "--workers", "3", "--frequency", "never", .. hashing]);
        await RunAsync(store, ["run", "fresh", .. hashing, .. recipe]);
        var expected = await readAsync("fresh_metrics");
        expected.Count.ShouldBe(Rows);
        (await readAsync("notes_metrics")).ShouldNotBe(expected);

        var again = await RunAsync(store, ["run", "notes", "100", "--metrics-only", "--recompute", "--workers", "3", .. recipe]);

        again.Output.ShouldEndWith($"Total processed={Rows}");
        (await readAsync("notes_metrics")).ShouldBe(expected);
    }

    private async Task<ToolResult> RunAsync(string store, params string[] arguments)
    {
        await using var tool = ToolProcess.Start([.. arguments, "--store", store], folder: _folder);
        var result = await tool.WaitAsync();
        result.ExitCode.ShouldBe(0, $"{string.Join(' ', arguments)}: {result.Errors}");
        return result;
    }
}
