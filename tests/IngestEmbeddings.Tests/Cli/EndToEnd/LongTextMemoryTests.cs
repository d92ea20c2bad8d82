using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>The memory of the real program over a table of long texts.</summary>
public sealed class LongTextMemoryTests
{
    // As strings 400 MB; a window of metrics alone has room for all of the rows.
    private const int Rows = 1000;
    private const int MostMegabytes = 250;

    [Fact]
    public async Task A_thousand_texts_of_200_000_characters_are_not_held_at_once_embedded_store()
    {
        var folder = Directory.CreateTempSubdirectory("ingest-long-");
        try
        {
            Fill(Path.Combine(folder.FullName, "ingest.db"));
            await ShouldStaySmallAsync("sqlite:ingest.db", folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_thousand_texts_of_200_000_characters_are_not_held_at_once_PostgreSQL()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await database.ExecuteAsync(
            $"""
            CREATE TABLE notes (id integer PRIMARY KEY, text text, embedding vector(4));
            CREATE TABLE notes_metrics (id integer PRIMARY KEY,
                word_ratio real, word_count integer, length integer, entity_count integer, frequency integer, updated_at timestamptz);
            INSERT INTO notes SELECT number, repeat('word ', 40000), '[1, 0, 0, 0]' FROM generate_series(1, {Rows}) AS number;
            """);

        await ShouldStaySmallAsync(
            $"postgresql://{database.Settings.Username}@{database.Settings.Host}:{database.Settings.Port}/{database.Settings.Database}", folder: null);
    }

    private static async Task ShouldStaySmallAsync(string store, string? folder)
    {
        await using var tool = ToolProcess.Start(["notes", "--metrics-only", "--store", store], folder: folder);
        var (result, peak) = await tool.WatchAsync();

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Output.ShouldEndWith($"Total processed={Rows}");
        peak.ShouldBeInRange(1, MostMegabytes);
    }

    private static void Fill(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT, embedding BLOB);
            CREATE TABLE notes_metrics(id INTEGER PRIMARY KEY,
                word_ratio REAL, word_count INTEGER, length INTEGER, entity_count INTEGER, frequency INTEGER);
            WITH RECURSIVE row(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM row WHERE id < {Rows})
            INSERT INTO notes SELECT id, replace(hex(zeroblob(20000)), '0', 'word '), zeroblob(1536) FROM row;
            """;
        command.ExecuteNonQuery();
    }
}
