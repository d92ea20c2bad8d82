using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>No row gets the vector of a text that it does not have, whatever the table's own triggers do while it is written.</summary>
public sealed class B10TriggerTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("NEW.text := NEW.text || '!'", 0)]
    [InlineData("NEW.text := NULL", 0)]
    [InlineData("IF NEW.id % 2 = 0 THEN NEW.text := upper(NEW.text); END IF", 6)]
    [InlineData("NEW.text := NEW.text", 12)]
    public async Task A_row_whose_text_the_trigger_rewrites_fails_with_that_reason(string body, int done)
    {
        var table = await CreateAsync("notes", NumberedTexts(12));
        await TriggerAsync("BEFORE UPDATE", body);

        var (_, proof) = await RunAsync(table, WithVectors);

        proof.ShouldBe(new RunProof(0, 12 - done));
        var rows = await Fixture.ReadAsync("notes");
        rows.Values.Count(row => row.Vector is not null).ShouldBe(done);
        rows.Values.ShouldAllBe(row => row.Vector == null || row.Vector.SequenceEqual(VectorOf(row.Text!)));
        (await Fixture.ReadFailedRowsAsync()).ShouldAllBe(line => line.Contains("trigger", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Such_rows_are_done_again_once_the_trigger_is_gone()
    {
        var table = await CreateAsync("notes", NumberedTexts(3));
        await TriggerAsync("BEFORE UPDATE OF embedding", "NEW.text := 'other'");
        (await RunAsync(table, WithVectors)).Proof.Failed.ShouldBe(3);

        await Fixture.Database.ExecuteAsync("DROP TRIGGER rewrite ON notes");

        (await RunAsync(await OpenAsync("notes"), WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
    }

    [Theory]
    [InlineData("CREATE TRIGGER rewrite BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION rewrite()")]
    [InlineData("ALTER TABLE notes ENABLE TRIGGER idle")]
    [InlineData("ALTER TABLE notes ENABLE ALWAYS TRIGGER idle")]
    [InlineData("CREATE OR REPLACE FUNCTION harmless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text := 'other'; RETURN NEW; END $$")]
    public async Task A_trigger_that_appears_in_the_middle_of_a_run_is_noticed(string sql)
    {
        var table = await CreateAsync("notes", NumberedTexts(12));
        await Fixture.Database.ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text := upper(NEW.text); RETURN NEW; END $$;
            CREATE OR REPLACE FUNCTION harmless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
            CREATE TRIGGER idle BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION rewrite();
            ALTER TABLE notes DISABLE TRIGGER idle;
            """);
        if (sql.Contains("harmless", StringComparison.Ordinal))
        {
            await Fixture.Database.ExecuteAsync("CREATE TRIGGER harmless BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION harmless()");
        }

        var reads = 0;
        Fixture.AtFailpoint = async reached =>
        {
            if (reached == "after_read" && ++reads == 2)
            {
                await Fixture.Database.ExecuteAsync(sql);
            }
        };

        table = await OpenAsync("notes");
        await RunAsync(table, WithVectors);

        var rows = await Fixture.ReadAsync("notes");
        rows.Values.Count(row => row.Vector is not null).ShouldBe(4);
        rows.Values.ShouldAllBe(row => row.Vector == null || row.Vector.SequenceEqual(VectorOf(row.Text!)));
        (await Fixture.ReadFailedRowsAsync()).Count.ShouldBe(8);
    }

    [Fact]
    public async Task A_trigger_of_one_partition_is_noticed()
    {
        await Fixture.Database.ExecuteAsync(
            """
            CREATE TABLE parts (id int PRIMARY KEY, text text, embedding vector(4)) PARTITION BY RANGE (id);
            CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (3);
            CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (3) TO (100);
            CREATE OR REPLACE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text := 'other'; RETURN NEW; END $$;
            CREATE TRIGGER rewrite BEFORE UPDATE ON parts_high FOR EACH ROW EXECUTE FUNCTION rewrite();
            INSERT INTO parts SELECT n, 'row ' || n FROM generate_series(1, 4) AS n;
            """);

        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "parts" }, Dimension = 4 }, Cancel);

        var (_, proof) = await RunAsync(await OpenAsync("parts"), WithVectors);

        proof.ShouldBe(new RunProof(0, 2));
    }

    private Task<int> TriggerAsync(string when, string body) => Fixture.Database.ExecuteAsync(
        $"""
        CREATE OR REPLACE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$;
        CREATE TRIGGER rewrite {when} ON notes FOR EACH ROW EXECUTE FUNCTION rewrite();
        """);
}
