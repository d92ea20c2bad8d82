using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary>What only SQLite has: values of any type in any column, collations, keys that are NULL, BLOBs as vectors.</summary>
public sealed class SqliteTableTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>, IAsyncLifetime
{
    private static readonly EncoderDescription Encoder = new() { Model = "test:model", Dimension = 2, Fingerprint = "f" };

    private static readonly RunRequest Request = new() { Work = new EmbedWork(Encoder) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Vectors_are_little_endian_float32()
    {
        fixture.Execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'aloha')");

        await RunAsync(await InitAsync("notes"), Request);

        Scalar("SELECT hex(embedding) FROM notes").ShouldBe("0000803F000000C0"); // 1 and -2
    }

    [Theory]
    [InlineData("id INTEGER PRIMARY KEY", "")]
    [InlineData("id INTEGER PRIMARY KEY, _rowid_ TEXT", "")]
    [InlineData("id INT PRIMARY KEY", "WITHOUT ROWID")]
    [InlineData("id BIGINT PRIMARY KEY", "")]
    public async Task A_search_reads_every_row_and_of_equal_ones_keeps_the_first(string key, string kind)
    {
        fixture.Execute($"CREATE TABLE notes({key}, text TEXT, embedding BLOB) {kind}");
        fixture.Execute("""
            INSERT INTO notes(id, text, embedding) VALUES
                (-9223372036854775808, 'first', x'0000803F00000000'), (-1, 'none', NULL), (0, 'number', 7), (1, 'short', x'0000803F'),
                (2, 'equal', x'0000803F00000000'), (3, 'other', x'000000000000803F'), (9223372036854775807, 'last', x'0000803F00000000');
            """);
        var table = await InitAsync("notes");

        var found = await table.Search.FindAsync(new NearestQuery(new float[] { 1, 0 }) { Top = 2, Normalized = true }, Cancel);
        var all = await table.Search.FindAsync(new NearestQuery(new float[] { 1, 0 }) { Top = 20 }, Cancel);

        found.Rows.Select(row => row.Text).ShouldBe(["first", "equal"]);
        all.Rows.Select(row => row.Text).ShouldBe(["first", "equal", "last", "other"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Metrics_are_made_again_only_once_when_the_clock_stands_before_the_start_of_the_run()
    {
        fixture.Execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'aloha')");
        var table = await InitAsync("notes");
        await RunAsync(table, Request);
        fixture.Execute($"INSERT INTO {StateTables.Setting}(name, value) VALUES ('recompute notes', '2999-12-31T23:59:59.999Z')");

        (await RunAsync(table, new RunRequest { Work = new MeasureWork { Recompute = true } })).ShouldBe(new RunProof(0, 0));

        Scalar("SELECT updated_at FROM notes_metrics").ShouldBe("3000-01-01T00:00:00.000Z");
    }

    [Fact]
    public async Task The_shape_in_use_today_works_as_it_is()
    {
        fixture.Execute("""
            CREATE TABLE sentences(sentenceid BIGINT PRIMARY KEY, hawaiiantext TEXT, embedding BLOB);
            CREATE TABLE sentence_metrics(sentenceid BIGINT PRIMARY KEY, hawaiian_word_ratio REAL, word_count INTEGER,
                length INTEGER, entity_count INTEGER, frequency INTEGER, updated_at TIMESTAMP);
            INSERT INTO sentences(sentenceid, hawaiiantext) VALUES (7, 'Aloha kākou');
            """);

        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "sentences" }, Cancel);
        (await RunAsync(table, Request)).ShouldBe(new RunProof(0, 0));

        Scalar("SELECT hawaiian_word_ratio || '|' || word_count FROM sentence_metrics WHERE sentenceid = 7").ShouldBe("0.5|1");
        Scalar("SELECT updated_at FROM sentence_metrics").ShouldNotBeNull();
    }

    [Theory]
    [InlineData("sentences", "sentenceid")]
    [InlineData("documents", "documentid")]
    [InlineData("notes", "id")]
    public async Task The_key_of_a_metrics_table_is_named_after_the_table(string table, string key)
    {
        await InitAsync(table);

        Scalar($"SELECT name FROM pragma_table_info('{MetricsLayout.NameFor(table)}') WHERE pk = 1").ShouldBe(key);
    }

    [Fact]
    public async Task A_metrics_table_that_lacks_a_column_is_refused_with_the_statement_that_adds_it()
    {
        fixture.Execute("""
            CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT, embedding BLOB);
            CREATE TABLE notes_metrics(id INTEGER PRIMARY KEY, word_ratio REAL, word_count INTEGER, length INTEGER, frequency INTEGER);
            """);

        var refusal = await Should.ThrowAsync<IngestException>(() => OpenAsync("notes"));

        refusal.Message.ShouldContain("ALTER TABLE \"notes_metrics\" ADD COLUMN entity_count INTEGER");
    }

    [Fact]
    public async Task Rows_whose_key_is_NULL_are_refused()
    {
        fixture.Execute("CREATE TABLE notes(id TEXT PRIMARY KEY, text TEXT, embedding BLOB); INSERT INTO notes(text) VALUES ('x')");

        var refusal = await Should.ThrowAsync<IngestException>(() => InitAsync("notes"));

        refusal.Message.ShouldContain("key (id) is NULL");
    }

    [Fact]
    public async Task A_column_that_is_not_unique_is_no_key_until_it_has_a_unique_index()
    {
        fixture.Execute("CREATE TABLE notes(number INTEGER, text TEXT, embedding BLOB); INSERT INTO notes VALUES (3, 'aloha', NULL)");
        var request = new TableRequest { Table = "notes", IdColumn = "number" };

        var refusal = await Should.ThrowAsync<IngestException>(
            () => fixture.Store.InitAsync(new InitRequest { Table = request, Dimension = 2 }, Cancel));
        refusal.Message.ShouldContain("unique index");

        fixture.Execute("CREATE UNIQUE INDEX notes_number ON notes(number)");
        await fixture.Store.InitAsync(new InitRequest { Table = request, Dimension = 2 }, Cancel);
        var table = await fixture.Store.OpenTableAsync(request, Cancel);
        (await RunAsync(table, Request)).ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task Texts_that_a_collation_takes_for_equal_are_different()
    {
        fixture.Execute("""
            CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT COLLATE NOCASE);
            INSERT INTO notes VALUES (1, 'aloha'), (2, 'ALOHA'), (3, 'aloha');
            """);
        var table = await InitAsync("notes");
        await using var run = await table.StartRunAsync(Request with { Frequency = true }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();
        fixture.Execute("UPDATE notes SET text = 'Aloha' WHERE id = 3");

        window.Frequencies.ShouldBe([2, 1, 2]);
        (await session.WriteAsync(WholeOf(window), Cancel)).Written.ShouldBe(2);
    }

    [Theory]
    [InlineData("'a' || char(0) || 'b'")]
    [InlineData("CAST('aloha' AS BLOB)")]
    [InlineData("42.5")]
    public async Task A_value_of_any_type_is_written_once(string value)
    {
        fixture.Execute($"CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, {value})");

        (await RunAsync(await InitAsync("notes"), Request)).ShouldBe(new RunProof(0, 0));

        Scalar("SELECT count(*) FROM notes_metrics").ShouldBe(1L);
    }

    [Fact]
    public async Task A_text_that_is_no_UTF8_is_read_with_replacement_characters_and_guarded_by_its_bytes()
    {
        fixture.Execute("""
            CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT);
            INSERT INTO notes VALUES (1, CAST(x'41F09F98' AS TEXT)), (2, CAST(x'41F09F98' AS TEXT)), (3, 'A' || char(0xFFFD));
            """);
        var table = await InitAsync("notes");
        await using var run = await table.StartRunAsync(Request, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(3, Cancel)).ShouldNotBeNull();
        fixture.Execute("UPDATE notes SET text = CAST(x'41F09F99' AS TEXT) WHERE id = 2");

        window.Texts.ShouldBe(["A\uFFFD", "A\uFFFD", "A\uFFFD"]);
        (await session.WriteAsync(WholeOf(window), Cancel)).Written.ShouldBe(2);
        Scalar("SELECT id FROM notes WHERE embedding IS NULL").ShouldBe(2L);
    }

    [Fact]
    public async Task A_schema_is_refused()
    {
        await InitAsync("notes");

        var refusal = await Should.ThrowAsync<IngestException>(
            () => fixture.Store.OpenTableAsync(new TableRequest { Table = "notes", Schema = "laana" }, Cancel));

        refusal.Message.ShouldContain("laana");
        refusal.Message.ShouldContain("--schema");
    }

    [Fact]
    public async Task A_key_of_several_columns_cannot_be_loaded()
    {
        await fixture.CreateTableAsync(new("pairs") { KeyKind = "composite" });

        var refusal = await Should.ThrowAsync<IngestException>(() => fixture.Store.LoadAsync(
            new LoadRequest { Table = new TableRequest { Table = "pairs" } }, AsyncEnumerable.Empty<LoadRow>(), Cancel));

        refusal.Message.ShouldContain("one key column");
    }

    [Fact]
    public async Task A_text_key_cannot_be_numbered()
    {
        await fixture.CreateTableAsync(new("words") { KeyKind = "text" });

        var refusal = await Should.ThrowAsync<IngestException>(() => fixture.Store.LoadAsync(
            new LoadRequest { Table = new TableRequest { Table = "words" } },
            new[] { new LoadRow("kai", "sea"), new LoadRow(null, "land") }.ToAsyncEnumerable(),
            Cancel));

        refusal.Message.ShouldContain("Row 2");
        Scalar("SELECT count(*) FROM words").ShouldBe(0L);
    }

    [Fact]
    public async Task Nothing_of_the_counting_of_texts_is_left_behind()
    {
        var table = await InitAsync("notes");
        await RunAsync(table, Request with { Frequency = true });

        Scalar($"SELECT count(*) FROM sqlite_schema WHERE name = '{StateTables.Frequency}'").ShouldBe(0L);
    }

    [Fact]
    public async Task Vectors_of_an_unknown_model_are_kept_and_said()
    {
        fixture.Execute("""
            CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT, embedding BLOB);
            INSERT INTO notes VALUES (1, 'aloha', zeroblob(8)), (2, 'mahalo', NULL);
            """);
        var notices = new Notices();

        var table = await InitAsync("notes");
        table.Description.Dimension.ShouldBe(2);
        (await RunAsync(table, Request with { Observer = notices })).ShouldBe(new RunProof(0, 0));

        notices.Texts.ShouldHaveSingleItem().ShouldContain("notes.embedding");
        Scalar("SELECT hex(embedding) FROM notes WHERE id = 1").ShouldBe("0000000000000000");
    }

    [Fact]
    public async Task A_table_that_receives_rows_all_the_time_ends_after_three_passes()
    {
        fixture.Execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (0, 'first')");
        var table = await InitAsync("notes");
        await using var run = await table.StartRunAsync(Request, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var passes = 0;
        do
        {
            passes++;
            while (await session.ReadAsync(10, Cancel) is { } window)
            {
                await session.WriteAsync(WholeOf(window), Cancel);
                fixture.Execute($"INSERT INTO notes(id, text) VALUES ({-passes}, 'behind')");
            }
        }
        while (await session.WaitForMoreAsync(Cancel));

        passes.ShouldBe(3);
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(1, 0));
    }

    [Fact]
    public async Task Passes_for_rows_that_were_given_back_do_not_count()
    {
        fixture.Execute("CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'aloha')");
        var table = await InitAsync("notes");
        await using var run = await table.StartRunAsync(Request, Cancel);
        for (var worker = 0; worker < 5; worker++)
        {
            await using var dropped = await run.OpenSessionAsync(worker, Cancel);
            (await dropped.ReadAsync(10, Cancel)).ShouldNotBeNull();
            (await dropped.ReadAsync(10, Cancel)).ShouldBeNull();
            (await dropped.WaitForMoreAsync(Cancel)).ShouldBeTrue();
        }

        await using var last = await run.OpenSessionAsync(5, Cancel);
        (await last.WriteAsync(WholeOf((await last.ReadAsync(10, Cancel)).ShouldNotBeNull()), Cancel)).Written.ShouldBe(1);
    }

    private static RowBatch WholeOf(RowWindow window) => new()
    {
        Window = window,
        Rows = [.. Enumerable.Range(0, window.Count)],
        Metrics = [.. Enumerable.Range(0, window.Count).Select(row => new TextMetrics(1, 5, 0.5f, 0, window.Frequencies?[row]))],
        Vectors = [.. Enumerable.Range(0, window.Count).Select(_ => (ReadOnlyMemory<float>)new float[] { 1, -2 })],
        CompletesWindow = true,
    };

    private static async Task<RunProof> RunAsync(IIngestTable table, RunRequest request)
    {
        await using var run = await table.StartRunAsync(request, Cancel);
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            do
            {
                while (await session.ReadAsync(10, Cancel) is { } window)
                {
                    await session.WriteAsync(WholeOf(window), Cancel);
                }
            }
            while (await session.WaitForMoreAsync(Cancel));
        }

        return await run.FinishAsync(Cancel);
    }

    private async Task<IIngestTable> InitAsync(string table)
    {
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = table }, Dimension = 2 }, Cancel);
        return await OpenAsync(table);
    }

    private Task<IIngestTable> OpenAsync(string table) => fixture.Store.OpenTableAsync(new TableRequest { Table = table }, Cancel);

    private object? Scalar(string sql)
    {
        using var connection = fixture.Connect();
        return connection.Scalar(sql);
    }
}
