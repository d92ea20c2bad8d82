using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A row that the database refuses is one failed row, whatever the code; a table that refuses every row ends the run.</summary>
public sealed class C15RefusalTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("RAISE EXCEPTION 'no' USING ERRCODE = '45000'")]
    [InlineData("RAISE EXCEPTION 'no' USING ERRCODE = 'MY001'")]
    [InlineData("RAISE EXCEPTION 'no' USING ERRCODE = 'ZZ999'")]
    [InlineData("RAISE EXCEPTION 'no'")]
    [InlineData("INSERT INTO audit VALUES (NULL)")]
    [InlineData("PERFORM 1 / 0")]
    [InlineData("ASSERT false")]
    public async Task A_row_that_a_trigger_refuses_fails_and_the_others_are_done(string body)
    {
        var table = await CreateAsync("notes", NumberedTexts(20));
        await RefuseAsync("BEFORE UPDATE", body);

        var (_, proof) = await RunAsync(table, WithVectors with { WindowRows = 20 });

        proof.ShouldBe(new RunProof(0, 1));
        (await Fixture.ReadAsync("notes")).Values.Count(row => row.Vector is not null).ShouldBe(19);
        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 1));
    }

    [Theory]
    [InlineData("RAISE EXCEPTION 'no' USING ERRCODE = 'MY001'")]
    [InlineData("RAISE EXCEPTION 'no' USING ERRCODE = '23503'")]
    [InlineData("INSERT INTO audit VALUES (NULL)")]
    public async Task A_refusal_at_the_commit_is_one_of_the_row_too(string body)
    {
        var table = await CreateAsync("notes", NumberedTexts(20));
        await RefuseAsync("CONSTRAINT", body);

        (await RunAsync(table, WithVectors with { WindowRows = 20 })).Proof.ShouldBe(new RunProof(0, 1));
    }

    [Fact]
    public async Task The_write_says_which_rows_were_refused()
    {
        var table = await CreateAsync("notes", NumberedTexts(20));
        await RefuseAsync("BEFORE UPDATE", "RAISE EXCEPTION 'no'");
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(20, Cancel)).ShouldNotBeNull();

        var result = await session.WriteAsync(WholeOf(window, WithVectors), Cancel);

        result.Written.ShouldBe(19);
        result.Refused.ShouldHaveSingleItem().Stage.ShouldBe("write");
    }

    [Fact]
    public async Task A_column_that_takes_another_dimension_meanwhile_ends_the_run_and_fails_no_row()
    {
        var table = await CreateAsync("notes", NumberedTexts(40));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        await Fixture.Database.ExecuteAsync("ALTER TABLE notes ALTER COLUMN embedding TYPE vector(8)");

        var refusal = await Should.ThrowAsync<IngestException>(async () => await session.WriteAsync(WholeOf(window, WithVectors), Cancel));

        refusal.Error.ShouldBe(IngestError.Configuration);
        (await Fixture.ReadFailedRowsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("RAISE EXCEPTION 'the table is closed'")]
    [InlineData("RAISE EXCEPTION 'no' USING ERRCODE = 'MY001'")]
    [InlineData("INSERT INTO audit VALUES (NULL)")]
    public async Task A_table_that_refuses_every_row_ends_the_run_and_fails_none(string body)
    {
        var table = await CreateAsync("notes", NumberedTexts(200));
        await RefuseAsync("BEFORE UPDATE", body, "true");

        var refusal = await Should.ThrowAsync<IngestException>(() => RunAsync(table, WithVectors with { WindowRows = 200 }));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("public.notes");
        (await Fixture.ReadFailedRowsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("UPDATE notes SET text = 'a better text' WHERE id = 7; DROP TRIGGER refuse ON notes")]
    [InlineData("DROP TRIGGER refuse ON notes")]
    [InlineData("CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")]
    public async Task A_failed_row_is_done_again_when_its_text_or_its_table_has_changed(string change)
    {
        var table = await CreateAsync("notes", NumberedTexts(12));
        await RefuseAsync("BEFORE UPDATE", "IF NEW.text = 'text 7' THEN RAISE EXCEPTION 'no'; END IF");
        (await RunAsync(table, WithVectors)).Proof.Failed.ShouldBe(1);

        await Fixture.Database.ExecuteAsync(change);

        (await RunAsync(await OpenAsync("notes"), WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task A_failed_row_with_another_text_is_done_again_although_the_trigger_stays()
    {
        var table = await CreateAsync("notes", NumberedTexts(12));
        await RefuseAsync("BEFORE UPDATE OF embedding", "IF NEW.text = 'text 7' THEN RAISE EXCEPTION 'no'; END IF", "true");
        (await RunAsync(table, WithVectors)).Proof.Failed.ShouldBe(1);
        (await RunAsync(table, WithVectors)).Proof.Failed.ShouldBe(1);

        await Fixture.Database.ExecuteAsync("UPDATE notes SET text = 'a better text' WHERE id = 7");

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
    }

    private Task<int> RefuseAsync(string when, string body, string condition = "NEW.id = 7") => Fixture.Database.ExecuteAsync(
        $"""
        CREATE TABLE IF NOT EXISTS audit (note bigint NOT NULL);
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$;
        {(when == "CONSTRAINT"
            ? $"CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse()"
            : $"CREATE TRIGGER refuse {when} ON notes FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse()")};
        """);
}
