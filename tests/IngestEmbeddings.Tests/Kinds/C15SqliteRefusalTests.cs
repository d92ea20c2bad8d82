using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A row that a constraint or a trigger of a SQLite table refuses is one failed row, and the run goes on.</summary>
public sealed class C15SqliteRefusalTests(SqliteFixture fixture) : StoreConformance<SqliteFixture>(fixture)
{
    private const string Refuse = "WHEN NEW.id = 3 BEGIN SELECT RAISE(ABORT, 'no text 3 here'); END";

    [Theory]
    [InlineData("a trigger aborts", $"CREATE TRIGGER refuse BEFORE UPDATE ON notes {Refuse}")]
    [InlineData("a trigger aborts afterwards", $"CREATE TRIGGER refuse AFTER UPDATE ON notes {Refuse}")]
    [InlineData("a trigger fails", "CREATE TRIGGER refuse AFTER UPDATE ON notes WHEN NEW.id = 3 BEGIN SELECT RAISE(FAIL, 'no'); END")]
    [InlineData("a trigger rolls back", "CREATE TRIGGER refuse AFTER UPDATE ON notes WHEN NEW.id = 3 BEGIN SELECT RAISE(ROLLBACK, 'no'); END")]
    [InlineData("a trigger ignores", "CREATE TRIGGER refuse BEFORE UPDATE ON notes WHEN NEW.id = 3 BEGIN SELECT RAISE(IGNORE); END")]
    [InlineData("a trigger of the metrics table ignores", "CREATE TRIGGER refuse BEFORE INSERT ON notes_metrics WHEN NEW.id = 3 BEGIN SELECT RAISE(IGNORE); END")]
    [InlineData("a trigger of the metrics table aborts", $"CREATE TRIGGER refuse BEFORE INSERT ON notes_metrics {Refuse}")]
    [InlineData("a column of an audit table is NOT NULL", "CREATE TABLE audit(id INTEGER NOT NULL); CREATE TRIGGER refuse AFTER UPDATE ON notes BEGIN INSERT INTO audit VALUES (nullif(NEW.id, 3)); END")]
    [InlineData("an expression overflows", "CREATE TABLE audit(id INTEGER); CREATE TRIGGER refuse AFTER UPDATE ON notes BEGIN INSERT INTO audit VALUES (abs(CASE NEW.id WHEN 3 THEN -9223372036854775808 ELSE 1 END)); END")]
    [InlineData("a reference fails at COMMIT", "CREATE TABLE known(id INTEGER PRIMARY KEY); INSERT INTO known VALUES (1), (2), (4), (5); CREATE TABLE audit(id INTEGER REFERENCES known DEFERRABLE INITIALLY DEFERRED); CREATE TRIGGER refuse AFTER UPDATE ON notes BEGIN INSERT INTO audit VALUES (NEW.id); END")]
    public async Task One_row_fails_and_the_others_are_written(string refusal, string sql)
    {
        var notes = await CreateAsync("notes", "text 1", "text 2", "text 3", "text 4", "text 5");
        Fixture.Execute(sql);

        var (_, proof) = await RunAsync(notes, WithVectors with { WindowRows = 5 });

        proof.ShouldBe(new RunProof(0, 1), refusal);
        var failed = (await notes.ReadStatusAsync(10, Cancel)).FailedRows.ShouldHaveSingleItem(refusal);
        failed.Key.ShouldBe("3");
        failed.Stage.ShouldBe("write");
        failed.Reason.ShouldNotContain("text 3");
        foreach (var (ordinal, row) in await Fixture.ReadAsync("notes"))
        {
            row.Vector.ShouldBe(ordinal == 3 ? null : VectorOf(row.Text!), $"{refusal}: row {ordinal}");
            (row.Metrics is null).ShouldBe(ordinal == 3, $"{refusal}: row {ordinal}");
        }
    }

    [Fact]
    public async Task The_write_says_which_rows_were_refused()
    {
        var notes = await CreateAsync("notes", "text 1", "text 2", "text 3", "text 4", "text 5");
        Fixture.Execute($"CREATE TRIGGER refuse BEFORE UPDATE ON notes {Refuse}");
        await using var run = await notes.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(5, Cancel)).ShouldNotBeNull();

        var result = await session.WriteAsync(WholeOf(window, WithVectors), Cancel);

        result.Written.ShouldBe(4);
        window.DescribeKey(result.Refused.ShouldHaveSingleItem().Row).ShouldBe("3");
    }

    [Fact]
    public async Task A_CHECK_names_its_constraint()
    {
        Fixture.Execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT, embedding BLOB, CONSTRAINT not_two CHECK (embedding IS NULL OR id <> 2)); INSERT INTO notes(id, text) VALUES (1, 'one'), (2, 'two'), (3, 'three')");
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
        var notes = await OpenAsync("notes");

        (await RunAsync(notes, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));

        (await notes.ReadStatusAsync(10, Cancel)).FailedRows.ShouldHaveSingleItem().Reason.ShouldContain("not_two");
    }

    [Fact]
    public async Task Metrics_alone_that_are_refused_are_one_failed_row()
    {
        var notes = await CreateAsync("notes", "one", "two", "three");
        await RunAsync(notes, WithVectors);
        await Fixture.ClearMetricsAsync("notes");
        Fixture.Execute("CREATE TRIGGER refuse BEFORE INSERT ON notes_metrics WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END");

        (await RunAsync(notes, MetricsOnly)).Proof.ShouldBe(new RunProof(0, 1));
    }

    [Fact]
    public async Task What_is_wrong_with_the_table_ends_the_run_and_fails_no_row()
    {
        var notes = await CreateAsync("notes", "one", "two", "three");
        Fixture.Execute("CREATE TRIGGER broken AFTER UPDATE ON notes BEGIN INSERT INTO missing VALUES (NEW.id); END");

        await ShouldBeMisconfiguredAsync(() => RunAsync(notes, WithVectors), "missing", "triggers");

        (await Fixture.ReadFailedRowsAsync()).ShouldBeEmpty();
        Fixture.Execute("DROP TRIGGER broken");
        (await RunAsync(await OpenAsync("notes"), WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task A_failed_row_is_done_again_when_its_text_changed()
    {
        var notes = await CreateAsync("notes", "one", "two", "three");
        Fixture.Execute("CREATE TRIGGER refuse BEFORE UPDATE OF embedding ON notes WHEN NEW.text = 'two' BEGIN SELECT RAISE(ABORT, 'no'); END");
        (await RunAsync(notes, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));
        (await RunAsync(notes, WithVectors)).Offered.ShouldBeEmpty();

        await Fixture.UpdateTextAsync("notes", 2, "another");

        var (offered, proof) = await RunAsync(notes, WithVectors);
        offered.ShouldBe(["another"]);
        proof.ShouldBe(new RunProof(0, 0));
        (await notes.ReadStatusAsync(10, Cancel)).FailedRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_failed_row_is_done_again_when_its_table_was_altered()
    {
        var notes = await CreateAsync("notes", "one", "two", "three");
        Fixture.Execute("CREATE TRIGGER refuse BEFORE UPDATE ON notes WHEN NEW.id = 2 BEGIN SELECT RAISE(ABORT, 'no'); END");
        (await RunAsync(notes, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));

        Fixture.Execute("DROP TRIGGER refuse");

        (await RunAsync(notes, WithVectors)).Offered.ShouldBe(["two"]);
    }
}
