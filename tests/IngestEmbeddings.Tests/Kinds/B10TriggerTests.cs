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
        (await Fixture.ReadSetAsideAsync()).ShouldAllBe(line => line.Contains("trigger", StringComparison.Ordinal));
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

    private Task<int> TriggerAsync(string when, string body) => Fixture.Database.ExecuteAsync(
        $"""
        CREATE OR REPLACE FUNCTION rewrite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$;
        CREATE TRIGGER rewrite {when} ON notes FOR EACH ROW EXECUTE FUNCTION rewrite();
        """);
}
