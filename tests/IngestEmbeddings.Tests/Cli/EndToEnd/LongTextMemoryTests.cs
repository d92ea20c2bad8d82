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
            await using var tool = ToolProcess.Start(["notes", "--metrics-only", "--store", "sqlite:ingest.db"], folder: folder.FullName);
            var (result, peak) = await tool.WatchAsync();

            result.ExitCode.ShouldBe(0, result.Errors);
            result.Output.ShouldEndWith($"Total processed={Rows}");
            peak.ShouldBeInRange(1, MostMegabytes);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
