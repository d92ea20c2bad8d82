using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Tables that were there before the tool, with names, types and rights of their own.</summary>
public sealed class ExistingSchemaTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture), IAsyncLifetime
{
    private const string Laana = """
        CREATE SCHEMA laana;
        CREATE TABLE laana.sentences (
            sentenceid bigint PRIMARY KEY,
            hawaiiantext text,
            englishtext varchar(500),
            embedding vector(4),
            grammar jsonb);
        CREATE TABLE laana.sentence_metrics (
            sentenceid bigint {0},
            hawaiian_word_ratio real,
            word_count integer,
            length integer,
            entity_count integer,
            frequency integer NOT NULL DEFAULT 0,
            updated_at timestamp);
        INSERT INTO laana.sentences (sentenceid, hawaiiantext) VALUES (5, 'Aloha kākou'), (-3, 'E komo mai'), (9, NULL), (12, 'Aloha kākou');
        """;

    private static readonly TableRequest Sentences = new() { Table = "sentences" };

    public new async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Fixture.Database.ExecuteAsync("DROP SCHEMA IF EXISTS laana CASCADE; DROP SCHEMA IF EXISTS other CASCADE");
    }

    [Theory]
    [InlineData("PRIMARY KEY")]
    [InlineData("UNIQUE")]
    [InlineData("")]
    public async Task The_laana_shape_works_as_it_is(string constraint)
    {
        await Fixture.Database.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Laana, constraint));
        var notices = new Notices();
        var table = await Store.OpenTableAsync(Sentences, Cancel);

        var (offered, proof) = await RunAsync(table, WithVectors with { Frequency = true, Observer = notices });

        offered.ShouldBe(["E komo mai", "Aloha kākou", "Aloha kākou"]);
        proof.ShouldBe(new RunProof(0, 0));
        table.Description.Name.ShouldBe("laana.sentences");
        table.Description.MetricsTable.ShouldBe("laana.sentence_metrics");
        (await Fixture.Database.ListAsync<string>(
            """
            SELECT concat_ws('|', sentenceid, hawaiian_word_ratio, word_count, length, entity_count, frequency, updated_at IS NOT NULL)
            FROM laana.sentence_metrics ORDER BY sentenceid
            """)).ShouldBe(["-3|0.5|3|10|1|1|t", "5|0.5|2|11|1|2|t", "12|0.5|2|11|1|2|t"]);
        notices.Texts.Any(notice => notice.Contains("primary key", StringComparison.Ordinal)).ShouldBe(constraint.Length == 0);
    }

    [Fact]
    public async Task Documents_and_their_metrics_are_found_by_name_like_sentences()
    {
        await Fixture.Database.ExecuteAsync(
            """
            CREATE SCHEMA laana;
            CREATE TABLE laana.documents (documentid bigint PRIMARY KEY, title varchar(200), text text, embedding vector(4));
            CREATE TABLE laana.document_metrics (
                documentid bigint PRIMARY KEY REFERENCES laana.documents,
                hawaiian_word_ratio real, word_count integer, length integer, entity_count integer, frequency integer, updated_at timestamp);
            INSERT INTO laana.documents (documentid, title, text) VALUES (3, 'Rain', 'Ua ka ua. Ua nui ka ua.'), (4, 'None', NULL);
            """);
        var table = await Store.OpenTableAsync(new TableRequest { Table = "documents" }, Cancel);

        var (offered, proof) = await RunAsync(table, WithVectors);

        offered.ShouldBe(["Ua ka ua. Ua nui ka ua."]);
        proof.ShouldBe(new RunProof(0, 0));
        table.Description.MetricsTable.ShouldBe("laana.document_metrics");
        (await Fixture.Database.ListAsync<string>("SELECT concat_ws('|', documentid, word_count, length, updated_at IS NOT NULL) FROM laana.document_metrics"))
            .ShouldBe(["3|7|23|t"]);
    }

    [Fact]
    public async Task Metrics_rows_that_are_there_are_changed_not_doubled_without_a_unique_key_too()
    {
        await Fixture.Database.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Laana, ""));
        await Fixture.Database.ExecuteAsync("INSERT INTO laana.sentence_metrics (sentenceid, word_count, frequency) VALUES (5, 99, 7)");

        await RunAsync(await Store.OpenTableAsync(Sentences, Cancel), WithVectors);

        (await Fixture.Database.ListAsync<string>(
            "SELECT concat_ws('|', sentenceid, word_count, frequency) FROM laana.sentence_metrics ORDER BY sentenceid"))
            .ShouldBe(["-3|3|0", "5|2|7", "12|2|0"]);
    }

    [Fact]
    public async Task Init_adds_only_the_hash_of_the_texts_to_the_laana_shape()
    {
        await Fixture.Database.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Laana, "PRIMARY KEY"));

        (await Store.InitAsync(new InitRequest { Table = Sentences, Dimension = 4 }, Cancel)).Created.ShouldBe(["column laana.sentence_metrics.text_hash"]);
        (await Store.InitAsync(new InitRequest { Table = Sentences, Dimension = 4 }, Cancel)).Created.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_table_in_two_schemas_is_an_error_that_names_them_and_the_option_decides()
    {
        await CreateAsync("sentences", "aloha");
        await Fixture.Database.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Laana, "PRIMARY KEY"));

        await ShouldBeMisconfiguredAsync(() => OpenAsync("sentences"), "laana", "public", "--schema");

        (await Store.OpenTableAsync(Sentences with { Schema = "laana" }, Cancel)).Description.Name.ShouldBe("laana.sentences");
        (await OpenAsync("public.sentences")).Description.Name.ShouldBe("public.sentences");
    }

    [Fact]
    public async Task Names_with_quotes_capitals_spaces_and_emoji_work_everywhere()
    {
        const string odd = "Tä\"ble'; 🌺 --";
        await Fixture.Database.ExecuteAsync(
            """"
            CREATE SCHEMA other;
            CREATE TABLE other."Tä""ble'; 🌺 --" (
                "Key ""A""" int, "select" text COLLATE "C", "Text; 'x'" text, "vec tor" vector(4), PRIMARY KEY ("Key ""A""", "select"));
            INSERT INTO other."Tä""ble'; 🌺 --" ("Key ""A""", "select", "Text; 'x'")
            SELECT n, 'k''' || n || '"', 'text ' || n FROM generate_series(1, 40) n
            """");
        var request = new TableRequest { Table = odd, TextColumn = "Text; 'x'" };
        (await Store.InitAsync(new InitRequest { Table = request, Dimension = 4 }, Cancel)).Created
            .ShouldBe([$"table other.{odd}_metrics"]);

        var (offered, proof) = await RunAsync(
            await Store.OpenTableAsync(request, Cancel), WithVectors with { Frequency = true });

        offered.ShouldBe(NumberedTexts(40));
        proof.ShouldBe(new RunProof(0, 0));
        (await Fixture.Database.ScalarAsync<long>($"SELECT count(*) FROM other.\"{odd.Replace("\"", "\"\"", StringComparison.Ordinal)}_metrics\""))
            .ShouldBe(40);
    }

    [Theory]
    [InlineData("notes'; DROP TABLE notes; --")]
    [InlineData("notes\"; DROP TABLE notes; --")]
    [InlineData("$1")]
    [InlineData("pg_catalog.pg_class")]
    [InlineData("notes\0")]
    public async Task A_name_that_is_sql_reaches_no_statement(string name)
    {
        await CreateAsync("notes", "aloha");

        await ShouldRefuseAsync(() => OpenAsync(name));
        await ShouldRefuseAsync(() => Store.OpenTableAsync(new TableRequest { Table = "notes", TextColumn = name }, Cancel));
        await ShouldRefuseAsync(() => Store.OpenTableAsync(new TableRequest { Table = "notes", Schema = name }, Cancel));

        (await Fixture.ReadAsync("notes")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_key_column_must_be_unique_and_not_null()
    {
        await Fixture.Database.ExecuteAsync(
            "CREATE TABLE notes (a int, b int UNIQUE, c int NOT NULL UNIQUE, text text, embedding vector(4))");
        await Fixture.Database.ExecuteAsync(
            "CREATE TABLE notes_metrics (c int PRIMARY KEY, word_ratio real, word_count int, length int, entity_count int, frequency int)");
        await Fixture.Database.ExecuteAsync("INSERT INTO notes (c, text) VALUES (1, 'one'), (2, 'two')");

        await ShouldBeMisconfiguredAsync(() => OpenAsync("notes"), "primary key", "--id-column");
        await ShouldBeMisconfiguredAsync(() => OpenWithKeyAsync("a"), "not unique", "ADD UNIQUE (a)");
        await ShouldBeMisconfiguredAsync(() => OpenWithKeyAsync("b"), "NULL", "ALTER COLUMN b SET NOT NULL");

        (await RunAsync(await OpenWithKeyAsync("c"), WithVectors)).Offered.ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task A_view_is_refused_as_what_it_is()
    {
        await CreateAsync("notes");
        await Fixture.Database.ExecuteAsync("CREATE OR REPLACE VIEW all_notes AS SELECT * FROM notes");

        await ShouldBeMisconfiguredAsync(() => OpenAsync("all_notes"), "all_notes", "view");
    }

    [Fact]
    public async Task A_metrics_table_that_lacks_columns_is_named_with_them_and_init_adds_them()
    {
        await CreateAsync("notes", "aloha");
        await Fixture.Database.ExecuteAsync("ALTER TABLE notes_metrics DROP COLUMN length, DROP COLUMN frequency");

        await ShouldBeMisconfiguredAsync(() => OpenAsync("notes"), "notes_metrics", "length, frequency", "init");

        var report = await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);
        report.Created.ShouldBe(["column public.notes_metrics.length", "column public.notes_metrics.frequency"]);
        await RunAsync(await OpenAsync("notes"), WithVectors);
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task Triggers_that_every_row_will_fire_are_told_of()
    {
        var table = await CreateAsync("notes", "aloha");
        await Fixture.Database.ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER touch_note BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch();
            """);
        var notices = new Notices();

        await RunAsync(table, WithVectors with { Observer = notices });

        notices.Texts.ShouldHaveSingleItem().ShouldContain("touch_note");
    }

    [Fact]
    public async Task A_halfvec_column_is_filled_in_its_own_precision()
    {
        await CreateAsync("notes", "aloha", "mahalo");
        await Fixture.Database.ExecuteAsync("ALTER TABLE notes ALTER COLUMN embedding TYPE halfvec(4)");
        var table = await OpenAsync("notes");
        table.Description.VectorType.ShouldBe("halfvec(4)");

        await RunAsync(table, WithVectors);

        var stored = (await Fixture.ReadAsync("notes"))[1].Vector.ShouldNotBeNull();
        stored.ShouldBe(VectorOf("aloha").Select(value => (float)(Half)value));
    }

    [Fact]
    public async Task A_partitioned_table_is_one_table()
    {
        await Fixture.Database.ExecuteAsync(
            """
            CREATE TABLE notes (id int PRIMARY KEY, text text, embedding vector(4)) PARTITION BY RANGE (id);
            CREATE TABLE notes_low PARTITION OF notes FOR VALUES FROM (0) TO (50);
            CREATE TABLE notes_high PARTITION OF notes FOR VALUES FROM (50) TO (1000);
            INSERT INTO notes SELECT n, 'text ' || n FROM generate_series(1, 90) n
            """);
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);

        var (offered, proof) = await RunAsync(await OpenAsync("notes"), WithVectors);

        offered.ShouldBe(NumberedTexts(90));
        proof.ShouldBe(new RunProof(0, 0));
    }

    [Fact]
    public async Task Rows_that_have_metrics_and_no_vector_get_both()
    {
        var table = await CreateAsync("notes", NumberedTexts(6));
        await Fixture.Database.ExecuteAsync("INSERT INTO notes_metrics (id, word_count) VALUES (2, 99), (5, 99)");

        var (offered, proof) = await RunAsync(table, WithVectors with { WindowRows = 2 });

        offered.ShouldBe(NumberedTexts(6));
        proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes_metrics WHERE word_count < 99")).ShouldBe(6);
    }

    [Fact]
    public async Task Rows_that_the_server_refuses_fail_and_the_others_are_written()
    {
        var table = await CreateAsync("notes", NumberedTexts(9));
        await Fixture.Database.ExecuteAsync("ALTER TABLE notes_metrics ADD CHECK (id NOT IN (3, 7))");
        var request = WithVectors with { WindowRows = 9 };

        var (_, proof) = await RunAsync(table, request);

        proof.ShouldBe(new RunProof(0, 2));
        var rows = await Fixture.ReadAsync("notes");
        rows.Where(row => row.Value.Vector is null).Select(row => row.Key).Order().ShouldBe([3, 7]);
        (await Fixture.ReadFailedRowsAsync()).ShouldAllBe(line => line.Contains("write", StringComparison.Ordinal));
    }

    private Task<IIngestTable> OpenWithKeyAsync(string column) =>
        Store.OpenTableAsync(new TableRequest { Table = "notes", IdColumn = column }, Cancel);
}
