using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A table whose rows lie in several tables with keys of their own is refused by name; partitions are not.</summary>
public sealed class B13InheritanceTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("CREATE TABLE child () INHERITS (notes); INSERT INTO child (id, text) VALUES (1, 'the same key')", "child")]
    [InlineData("CREATE TABLE child () INHERITS (notes)", "child")]
    [InlineData("CREATE TABLE \"Child one\" () INHERITS (notes); CREATE TABLE child () INHERITS (\"Child one\")", "Child one")]
    public async Task A_table_that_others_inherit_from_is_refused(string children, string named)
    {
        await CreateAsync("notes", NumberedTexts(2));
        await Fixture.Database.ExecuteAsync(children);

        await ShouldRefuseAsync(() => OpenAsync("notes"), named, "public.notes");
    }

    [Fact]
    public async Task A_child_by_itself_is_done()
    {
        await CreateAsync("notes", NumberedTexts(2));
        await Fixture.Database.ExecuteAsync("CREATE TABLE child (PRIMARY KEY (id)) INHERITS (notes); INSERT INTO child (id, text) VALUES (1, 'the same key')");
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "child" }, Dimension = 4 }, Cancel);

        (await RunAsync(await OpenAsync("child"), WithVectors)).Proof.ShouldBe(new RunProof(0, 0));
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM ONLY notes WHERE embedding IS NOT NULL")).ShouldBe(0);
    }
}
