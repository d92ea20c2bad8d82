using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A name is a name, also where a statement holds it in a literal.</summary>
public sealed class A4IdentifierTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("t'::text OPERATOR(public.===) 'y' --")]
    [InlineData("it's")]
    [InlineData("a\"b'c")]
    [InlineData("$1; DROP TABLE canary; --")]
    public async Task Every_command_takes_the_name_as_it_is(string name)
    {
        await Fixture.Database.ExecuteAsync("CREATE TABLE canary (id int)");
        var request = new TableRequest { Table = name, Schema = "public" };
        await Store.InitAsync(new InitRequest { Table = request, Dimension = 4 }, Cancel);
        await Store.LoadAsync(new LoadRequest { Table = request }, Rows(), Cancel);
        var table = await Store.OpenTableAsync(request, Cancel);
        await table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel);
        (await RunAsync(table, WithVectors with { RebuildIndex = true, Frequency = true })).Proof.ShouldBe(new RunProof(0, 0));
        await table.ReadStatusAsync(1, Cancel);

        await using (var scratch = await table.CreateScratchAsync(new ScratchRequest(2, KeepVectors: true), Cancel))
        {
            (await RunAsync(scratch.Table, MetricsOnly)).Offered.Count.ShouldBe(2);
        }

        (await Fixture.Database.ScalarAsync<string>("SELECT to_regclass('canary')::text")).ShouldBe("canary");
    }

    private static async IAsyncEnumerable<LoadRow> Rows()
    {
        await Task.CompletedTask;
        yield return new LoadRow(null, "one");
        yield return new LoadRow(null, "two");
    }
}
