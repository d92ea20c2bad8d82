using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Metrics alone never stay those of a text that the row no longer has.</summary>
public sealed class B12MetricsTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("after_read", false, true)]
    [InlineData("before_commit", false, true)]
    [InlineData("before_commit", true, true)]
    [InlineData("after_read", false, false)]
    [InlineData("before_commit", false, false)]
    [InlineData("before_commit", true, false)]
    public async Task A_text_that_changes_and_takes_its_metrics_away_meanwhile_is_measured_again(string point, bool general, bool hash)
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        if (!hash)
        {
            await Fixture.Database.ExecuteAsync("ALTER TABLE notes_metrics DROP COLUMN text_hash");
            table = await OpenAsync("notes");
        }

        await RunAsync(table, WithVectors);
        await Fixture.ClearMetricsAsync("notes");
        if (general)
        {
            // A column of another type than the tool's own keeps rows from being copied.
            await Fixture.Database.ExecuteAsync("ALTER TABLE notes_metrics ALTER COLUMN word_count TYPE bigint");
        }

        table = await OpenAsync("notes");
        Task? application = null;
        Fixture.AtFailpoint = async reached =>
        {
            if (reached == point && application is null)
            {
                application = ChangeAsync();
                await Task.WhenAny(application, Task.Delay(500, Cancel));
            }
        };

        var (_, proof) = await RunAsync(table, MetricsOnly);
        await application.ShouldNotBeNull();
        Fixture.AtFailpoint = null;
        if (proof.Pending > 0 || (await table.CountPendingAsync(new MeasureWork(), Cancel)) > 0)
        {
            await RunAsync(table, MetricsOnly);
        }

        if (hash)
        {
            // The hash tells which text the metrics are of: the vector, too, is that of the old text.
            await RunAsync(table, WithVectors);
        }

        ShouldBeMetricsOf((await Fixture.ReadAsync("notes"))[2], "row 2");
    }

    private async Task ChangeAsync()
    {
        await using var connection = await Fixture.Database.ConnectAsync();
        await using var command = new NpgsqlCommand(
            "BEGIN; UPDATE notes SET text = 'another text of more words' WHERE id = 2; DELETE FROM notes_metrics WHERE id = 2; COMMIT", connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
