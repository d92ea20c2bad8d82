using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The log of changes that triggers keep.</summary>
public sealed class ChangeLogTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private const string Notes = "SELECT count(*) FROM ingest_embeddings.change";

    [Fact]
    public async Task A_statement_notes_the_rows_that_it_changed_once_and_a_run_notes_nothing()
    {
        var table = await TrackedAsync(NumberedTexts(5));
        await RunAsync(table, WithVectors);
        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);

        await Fixture.Database.ExecuteAsync("UPDATE notes SET text = CASE WHEN id > 2 THEN text ELSE text || '!' END");

        (await Fixture.Database.ListAsync<string>("SELECT operation || ' ' || keys::text FROM ingest_embeddings.change")).ShouldBe(["UPDATE {{1},{2}}"]);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["text 1!", "text 2!"]);
        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);
    }

    [Fact]
    public async Task A_noted_change_of_a_row_of_which_nothing_was_known_is_done()
    {
        var table = await TrackedAsync(NumberedTexts(2));
        await RunAsync(table, WithVectors);
        await Fixture.Database.ExecuteAsync("UPDATE notes_metrics SET text_hash = NULL");
        await Fixture.UpdateTextAsync("notes", 1, "another text");

        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["another text"]);
    }

    [Fact]
    public async Task A_table_that_was_truncated_leaves_nothing()
    {
        var table = await TrackedAsync(NumberedTexts(2));
        await RunAsync(table, WithVectors);
        await Fixture.Database.ExecuteAsync("TRUNCATE notes");

        await RunAsync(table, WithVectors);

        (await Fixture.CountStoredAsync("notes")).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Statements_over_a_partition_are_noted_too()
    {
        await Fixture.Database.ExecuteAsync("""
            CREATE TABLE notes (id integer PRIMARY KEY, text text) PARTITION BY RANGE (id);
            CREATE TABLE notes_low PARTITION OF notes FOR VALUES FROM (0) TO (100);
            CREATE TABLE notes_high PARTITION OF notes FOR VALUES FROM (100) TO (200);
            """);

        await InitAsync(tracks: true);
        await Fixture.Database.ExecuteAsync("INSERT INTO notes VALUES (1, 'one'), (101, 'two'); INSERT INTO notes_high VALUES (102, 'three')");

        (await Fixture.Database.ListAsync<string>("SELECT keys::text FROM ingest_embeddings.change ORDER BY id")).ShouldBe(["{{1},{101}}", "{{102}}"]);
        await Fixture.Database.ExecuteAsync("CREATE TABLE notes_more PARTITION OF notes FOR VALUES FROM (200) TO (300)");
        await ShouldBeMisconfiguredAsync(async () => await (await OpenAsync("notes")).StartRunAsync(WithVectors with { Watch = true }, Cancel), "notes", "--track-changes");
        (await InitAsync(tracks: true)).Created.ShouldHaveSingleItem().ShouldContain("notes_more");
    }

    [Fact]
    public async Task A_role_without_rights_on_the_schema_of_the_tool_can_go_on_changing_rows()
    {
        await TrackedAsync(NumberedTexts(2));
        await Fixture.Database.ExecuteAsync("""
            DROP ROLE IF EXISTS change_log_application;
            CREATE ROLE change_log_application;
            GRANT SELECT, UPDATE ON notes TO change_log_application;
            SET ROLE change_log_application;
            UPDATE notes SET text = 'changed' WHERE id = 1;
            RESET ROLE;
            REVOKE ALL ON notes FROM change_log_application;
            DROP ROLE change_log_application;
            """);

        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(1);
    }

    [Fact]
    public async Task Untracked_nothing_is_left_and_a_watch_is_refused()
    {
        await TrackedAsync(NumberedTexts(2));
        await Fixture.UpdateTextAsync("notes", 1, "changed");

        (await InitAsync(tracks: false)).Created.ShouldHaveSingleItem();

        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'notes'::regclass")).ShouldBe(0);
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM pg_proc WHERE pronamespace = 'ingest_embeddings'::regnamespace")).ShouldBe(0);
        var table = await OpenAsync("notes");
        await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(WithVectors with { Watch = true }, Cancel), "notes", "init", "--track-changes");
    }

    private async Task<IIngestTable> TrackedAsync(IReadOnlyList<string> texts)
    {
        await Fixture.CreateTableAsync(new TableSpec("notes"));
        await InitAsync(tracks: true);
        foreach (var (text, index) in texts.Select((text, index) => (text, index)))
        {
            await Fixture.InsertAsync("notes", index + 1, text);
        }

        await Fixture.Database.ExecuteAsync("DELETE FROM ingest_embeddings.change");
        return await OpenAsync("notes");
    }

    private Task<InitReport> InitAsync(bool tracks) => Store.InitAsync(
        new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4, TracksChanges = tracks }, Cancel);
}
