using IngestEmbeddings.Tests.Faults.Matrix;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Security;

/// <summary>The text of a row is in no error, also where the origin of errors is asked for.</summary>
public class RowTextTests
{
    [Fact]
    public async Task The_details_of_an_error_of_the_server_are_not_shown()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 10);
        await bench.Table.ExecuteAsync("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'not today' USING ERRCODE = '42501', DETAIL = NEW.hawaiiantext;
            END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON sentences FOR EACH ROW EXECUTE FUNCTION refuse()
            """);

        var result = await bench.Start(environment: new Dictionary<string, string> { ["INGEST_DEBUG"] = "1" }).WaitAsync();

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("not today");
        result.Errors.ShouldNotContain("Sentence ");
    }

    [Fact]
    public async Task A_failed_row_is_kept_by_its_key_and_the_reason_alone()
    {
        await using var bench = await FaultBench.CreateAsync(rows: 10);
        await bench.Table.ExecuteAsync("ALTER TABLE sentences ADD CHECK (embedding IS NULL OR sentenceid <> 50)");

        var result = await bench.Start(environment: new Dictionary<string, string> { ["INGEST_DEBUG"] = "1" }).WaitAsync();

        result.ExitCode.ShouldBe(3, result.Errors);
        (result.Output + result.Errors).ShouldNotContain("Sentence ");
        (await bench.Table.ScalarAsync<string>("SELECT schema_to_xml('ingest_embeddings', true, false, '')::text")).ShouldNotContain("Sentence ");
    }
}
