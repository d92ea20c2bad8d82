using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Metrics are never written to a row that changed after it was read, whatever happened to its old metrics.</summary>
public sealed class B12SqliteMetricsTests(SqliteFixture fixture) : StoreConformance<SqliteFixture>(fixture)
{
    [Theory]
    [InlineData("UPDATE notes SET text = 'new words here' WHERE id = 1; DELETE FROM notes_metrics")]
    [InlineData("DELETE FROM notes_metrics; UPDATE notes SET text = 'new words here' WHERE id = 1")]
    [InlineData("UPDATE notes SET embedding = NULL WHERE id = 1")]
    [InlineData("DELETE FROM notes WHERE id = 1")]
    public async Task Metrics_alone_of_a_row_that_changed_are_not_written(string change)
    {
        var notes = await CreateAsync("notes", "one", "two");
        await RunAsync(notes, WithVectors);
        await Fixture.ClearMetricsAsync("notes");
        await using var run = await notes.StartRunAsync(MetricsOnly, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(2, Cancel)).ShouldNotBeNull();

        Fixture.Execute(change);

        (await session.WriteAsync(WholeOf(window, MetricsOnly), Cancel)).Written.ShouldBe(1);
        (await Fixture.ReadFailedRowsAsync()).ShouldBeEmpty();
        Fixture.Scalar("SELECT count(*) FROM notes_metrics WHERE id = 1").ShouldBe(0L);
        await DrainAsync(session, MetricsOnly);
        (await Fixture.ReadAsync("notes")).Values.Where(row => row.Metrics is not null).ShouldAllBe(row => row.Metrics!.Value.WordCount == MetricsOf(row.Text!, null).WordCount);
    }
}
