using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The log of changes that triggers keep.</summary>
public sealed class ChangeLogTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private const string Notes = "SELECT count(*) FROM ingest_embeddings.change";
    private const string NotedKeys = "SELECT operation || ' ' || keys::text FROM ingest_embeddings.change ORDER BY id";
    private const int ManyRows = 1500;

    [Fact]
    public async Task A_statement_notes_the_rows_that_it_changed_and_a_run_notes_nothing()
    {
        var table = await TrackedAsync(NumberedTexts(5));
        await RunAsync(table, WithVectors);
        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);

        await Fixture.Database.ExecuteAsync("UPDATE notes SET text = CASE WHEN id > 2 THEN text ELSE text || '!' END");

        (await Fixture.Database.ListAsync<string>(NotedKeys)).ShouldBe(["UPDATE {{1}}", "UPDATE {{2}}"], ignoreOrder: true);
        (await RunAsync(table, WithVectors)).Offered.ShouldBe(["text 1!", "text 2!"]);
        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);
    }

    [Fact]
    public async Task A_key_that_changed_is_noted_with_the_one_before()
    {
        await TrackedAsync(NumberedTexts(2));

        await Fixture.Database.ExecuteAsync("UPDATE notes SET id = 7 WHERE id = 2");

        (await Fixture.Database.ListAsync<string>(NotedKeys)).ShouldBe(["UPDATE {{7},{2}}"]);
    }

    [Theory(Timeout = TimeoutMs)]
    [InlineData("UPDATE notes SET text = text || '!' WHERE id <= 1400")]
    [InlineData("INSERT INTO notes (id, text) SELECT id, text || '!' FROM notes WHERE id <= 1400 ON CONFLICT (id) DO UPDATE SET text = excluded.text")]
    public async Task A_statement_that_changes_many_rows_leaves_one_note_and_each_of_them_is_done(string change)
    {
        var table = await TrackedAsync(NumberedTexts(ManyRows));
        await RunAsync(table, WithVectors);
        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);
        await using var run = await table.StartRunAsync(WithVectors with { Watch = true }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);

        await Fixture.Database.ExecuteAsync(change);

        (await Fixture.Database.ListAsync<string>("SELECT keys::text FROM ingest_embeddings.change WHERE operation = 'UPDATE'")).ShouldBe(["{}"]);
        var offered = new List<string>();
        while (offered.Count < 1400 && await session.ReadAsync(WithVectors.WindowRows, Cancel) is { } window)
        {
            offered.AddRange(window.Texts);
            await session.WriteAsync(WholeOf(window, WithVectors), Cancel);
        }

        offered.Order().ShouldBe(Enumerable.Range(1, 1400).Select(number => $"text {number}!").Order());
        (await Fixture.Database.ScalarAsync<long>(Notes)).ShouldBe(0);
    }

    [Fact]
    public async Task Of_many_rows_of_which_nothing_was_known_those_written_since_are_done()
    {
        var table = await TrackedAsync(NumberedTexts(ManyRows));
        await RunAsync(table, WithVectors);
        await Fixture.Database.ExecuteAsync("UPDATE notes_metrics SET text_hash = NULL");
        await Fixture.Database.ExecuteAsync("UPDATE notes SET text = text || '!' WHERE id <= 1400");
        await Fixture.Database.ExecuteAsync("UPDATE notes SET id = id WHERE id = 1");

        (await RunAsync(table, WithVectors)).Offered.Count.ShouldBe(1400);
    }

    [Fact]
    public async Task A_text_that_a_trigger_of_the_table_changes_is_noted_too()
    {
        const string Trigger = """
            ALTER TABLE notes ADD COLUMN title text;
            CREATE FUNCTION use_title() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text := NEW.title; RETURN NEW; END $$;
            CREATE TRIGGER use_title BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION use_title();
            """;
        var table = await TrackedAsync(NumberedTexts(ManyRows));
        await Fixture.Database.ExecuteAsync(Trigger);
        await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(WithVectors with { Watch = true }, Cancel), "notes", "--track-changes");
        await InitAsync(tracks: true);

        await Fixture.Database.ExecuteAsync("UPDATE notes SET title = 'a title'");

        (await Fixture.Database.ScalarAsync<int>("SELECT cardinality(keys) FROM ingest_embeddings.change")).ShouldBe(ManyRows);
        await Fixture.Database.ExecuteAsync("DROP TABLE notes; DROP FUNCTION use_title");
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
