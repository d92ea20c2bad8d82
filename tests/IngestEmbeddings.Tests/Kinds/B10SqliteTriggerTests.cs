using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A trigger of a SQLite table that changes what is written never leaves a vector of another text behind.</summary>
public sealed class B10SqliteTriggerTests(SqliteFixture fixture) : StoreConformance<SqliteFixture>(fixture)
{
    [Theory]
    [InlineData("CREATE TRIGGER rewrite AFTER UPDATE ON notes BEGIN UPDATE notes SET text = upper(text) WHERE id = NEW.id; END")]
    [InlineData("CREATE TRIGGER rewrite AFTER INSERT ON notes_metrics BEGIN UPDATE notes SET text = text || '!' WHERE id = NEW.id; END")]
    [InlineData("CREATE TRIGGER rewrite AFTER UPDATE ON notes WHEN NEW.embedding IS NOT NULL BEGIN UPDATE notes SET embedding = NULL WHERE id = NEW.id; END")]
    [InlineData("CREATE TRIGGER rewrite AFTER UPDATE ON notes BEGIN DELETE FROM notes WHERE id = NEW.id; END")]
    [InlineData("CREATE TRIGGER rewrite AFTER INSERT ON notes_metrics BEGIN DELETE FROM notes_metrics WHERE id = NEW.id; END")]
    public async Task The_rows_fail_and_stay_as_they_were(string trigger)
    {
        var notes = await CreateAsync("notes", "one", "two", "three");
        Fixture.Execute(trigger);

        (await RunAsync(notes, WithVectors)).Proof.ShouldBe(new RunProof(0, 3));

        (await notes.ReadStatusAsync(10, Cancel)).FailedRows.ShouldAllBe(row => row.Stage == "write" && row.Reason.Contains("trigger", StringComparison.Ordinal));
        var rows = await Fixture.ReadAsync("notes");
        rows.Values.Select(row => row.Text).ShouldBe(["one", "two", "three"], ignoreOrder: true);
        rows.Values.ShouldAllBe(row => row.Vector == null && row.Metrics == null);
    }

    [Fact]
    public async Task Rows_that_the_trigger_leaves_alone_are_written()
    {
        var notes = await CreateAsync("notes", "ONE", "two", "THREE");
        Fixture.Execute("CREATE TRIGGER rewrite AFTER UPDATE ON notes BEGIN UPDATE notes SET text = upper(text) WHERE id = NEW.id; END");

        (await RunAsync(notes, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));

        (await Fixture.ReadAsync("notes"))[3].Vector.ShouldBe(VectorOf("THREE"));
    }

    [Fact]
    public async Task A_trigger_that_comes_during_the_run_is_seen()
    {
        var notes = await CreateAsync("notes", "one", "two");
        await using var run = await notes.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(2, Cancel)).ShouldNotBeNull();
        Fixture.Execute("CREATE TRIGGER rewrite AFTER UPDATE ON notes BEGIN UPDATE notes SET text = upper(text) WHERE id = NEW.id; END");

        (await session.WriteAsync(WholeOf(window, WithVectors), Cancel)).Written.ShouldBe(0);
    }

    [Fact]
    public async Task A_view_of_the_row_in_another_table_is_no_obstacle()
    {
        var notes = await CreateAsync("notes", "one", "two");
        Fixture.Execute("""
            CREATE TABLE audit(id INTEGER, at TEXT);
            CREATE TRIGGER note AFTER UPDATE ON notes BEGIN INSERT INTO audit VALUES (NEW.id, 'now'); END;
            """);

        (await RunAsync(notes, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
    }
}
