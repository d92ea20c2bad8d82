using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Rows whose other columns change all the time are written all the same; only another text is another row.</summary>
public sealed class C14HotTableTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData(VectorPlace.Column, false)]
    [InlineData(VectorPlace.Table, false)]
    [InlineData(VectorPlace.Column, true)]
    public async Task A_row_that_was_updated_elsewhere_after_it_was_read_is_written_in_one_pass(VectorPlace place, bool metricsOnly)
    {
        await Fixture.Database.ExecuteAsync("CREATE TABLE notes (id bigint PRIMARY KEY, text text, seen bigint DEFAULT 0); INSERT INTO notes SELECT n, 'text ' || n FROM generate_series(1, 40) n");
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4, Place = place }, Cancel);
        var table = await OpenAsync("notes");
        if (metricsOnly)
        {
            await RunAsync(table, WithVectors);
            await Fixture.ClearMetricsAsync("notes");
        }

        Fixture.AtFailpoint = async point =>
        {
            if (point == "after_read")
            {
                await Fixture.Database.ExecuteAsync("UPDATE notes SET seen = seen + 1");
            }
        };
        var request = metricsOnly ? MetricsOnly : WithVectors;

        var (offered, proof) = await RunAsync(table, request);

        Fixture.AtFailpoint = null;
        proof.ShouldBe(new RunProof(0, 0));
        offered.Count.ShouldBe(40);
    }

    [Fact]
    public async Task A_row_whose_text_changed_as_well_gets_the_vector_of_its_new_text()
    {
        var table = await CreateAsync("notes", NumberedTexts(8));
        var changed = false;
        Fixture.AtFailpoint = async point =>
        {
            if (point == "after_read" && !changed)
            {
                changed = true;
                await Fixture.Database.ExecuteAsync("UPDATE notes SET text = text || ' again' WHERE id = 2; UPDATE notes SET text = text WHERE id <> 2");
            }
        };

        var (offered, proof) = await RunAsync(table, WithVectors);

        Fixture.AtFailpoint = null;
        proof.ShouldBe(new RunProof(0, 0));
        offered.Count.ShouldBe(9);
        await ShouldBeDoneAsync("notes");
    }

    [Theory]
    [InlineData("UPDATE notes SET text = 'Text 2' WHERE id = 2")] // another case
    [InlineData("UPDATE notes SET text = 'text 2 ' WHERE id = 2")] // one blank more
    [InlineData("UPDATE notes SET text = 'téxt 2' WHERE id = 2")]
    public async Task Texts_are_the_same_only_when_their_bytes_are(string change)
    {
        var table = await CreateAsync("notes", NumberedTexts(3));
        var changed = false;
        Fixture.AtFailpoint = async point =>
        {
            if (point == "after_read" && !changed)
            {
                changed = true;
                await Fixture.Database.ExecuteAsync(change);
            }
        };

        await RunAsync(table, WithVectors);

        Fixture.AtFailpoint = null;
        await ShouldBeDoneAsync("notes");
    }
}
