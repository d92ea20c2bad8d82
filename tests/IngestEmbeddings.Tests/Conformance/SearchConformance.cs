using IngestEmbeddings.Searching;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Finding rows by their vectors.</summary>
public abstract class SearchConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private static readonly float[] East = [1, 0, 0, 0];
    private static readonly float[] NorthEast = [1, 1, 0, 0];
    private static readonly float[] North = [0, 3, 0, 0];
    private static readonly float[] West = [-1, 0, 0, 0];

    [Fact(Timeout = TimeoutMs)]
    public async Task The_rows_with_the_greatest_cosine_come_first_whatever_the_kind_of_key()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"found_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = ["west", "north", "none", "east", "north east", null] });
            await SetAsync(name, West, North, null, East, NorthEast);

            var found = await table.Search.FindAsync(new NearestQuery(East) { Top = 3 }, Cancel);

            found.Index.ShouldBeNull(kind);
            found.Rows.Select(row => row.Text).ShouldBe(["east", "north east", "north"], kind);
            found.Rows.Select(row => row.ShownKey).ShouldBe([Fixture.DescribeKey(name, 4), Fixture.DescribeKey(name, 5), Fixture.DescribeKey(name, 2)], kind);
            found.Rows[0].Score.ShouldBe(1, 1e-6, kind);
            found.Rows[1].Score.ShouldBe(Math.Sqrt(0.5), 1e-6, kind);
            found.Rows[2].Score.ShouldBe(0, 1e-6, kind);
        }
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task The_vector_of_a_row_finds_its_neighbours_without_the_row()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var name = $"like_{kind}";
            var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Texts = ["east", "north", "north east"] });
            await SetAsync(name, East, North, NorthEast);
            var all = await table.Search.FindAsync(new NearestQuery(NorthEast), Cancel);
            var key = all.Rows.Single(row => row.Text == "east").Key;

            (await table.Search.ReadVectorAsync(key, model: null, Cancel)).ShouldBe(East, kind);
            var found = await new TableSearch(table).FindLikeAsync(key, new SearchOptions { Top = 2 }, Cancel);

            found.Rows.Select(row => row.Text).ShouldBe(["north east", "north"], kind);
        }
    }

    [Fact]
    public async Task A_row_that_is_not_there_or_has_no_vector_has_no_neighbours()
    {
        var table = await CreateAsync("notes", "with", "without");
        await SetAsync("notes", East);
        var search = new TableSearch(table);

        foreach (var key in new[] { "2", "3", "", "x", "99999999999999999999", "1.5" })
        {
            await ShouldBeMisconfiguredAsync(() => search.FindLikeAsync([key], new SearchOptions(), Cancel), "notes", key);
        }

        await ShouldBeMisconfiguredAsync(() => search.FindLikeAsync(["1", "2"], new SearchOptions(), Cancel), "notes");
    }

    [Fact]
    public async Task Values_of_the_table_and_of_its_metrics_come_with_each_row()
    {
        var table = await CreateAsync("notes", "one", "two");
        await RunAsync(table, WithVectors);

        var found = await table.Search.FindAsync(new NearestQuery(VectorOf("two")) { Columns = ["word_count", "text", "frequency"], Top = 1 }, Cancel);

        found.Rows.ShouldHaveSingleItem().Columns.ShouldBe(["1", "\"two\"", "null"]);
        await ShouldBeMisconfiguredAsync(() => table.Search.FindAsync(new NearestQuery(East) { Columns = ["nothing"] }, Cancel), "nothing", "word_count");
    }

    [Fact]
    public async Task A_vector_of_another_dimension_is_refused()
    {
        var table = await CreateAsync("notes", "one");
        await SetAsync("notes", East);

        await ShouldBeMisconfiguredAsync(() => table.Search.FindAsync(new NearestQuery(new float[] { 1, 0 }), Cancel), "notes", "4", "2");
    }

    [Fact]
    public async Task A_vector_without_a_direction_is_never_found()
    {
        var table = await CreateAsync("notes", "nowhere", "east");
        await SetAsync("notes", [0, 0, 0, 0], East);

        (await table.Search.FindAsync(new NearestQuery(East), Cancel)).Rows.Select(row => row.Text).ShouldBe(["east"]);
    }

    [Fact]
    public async Task An_empty_table_has_no_nearest_row()
    {
        var table = await CreateAsync("notes");

        (await table.Search.FindAsync(new NearestQuery(East), Cancel)).Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Words_are_refused_where_there_is_no_full_text_with_the_statement_that_makes_it()
    {
        var table = await CreateAsync("notes", "one");

        await ShouldBeMisconfiguredAsync(() => table.Search.FindAsync(new MatchQuery("one"), Cancel), "notes", "CREATE", "--hybrid");
    }

    [Fact]
    public async Task The_statement_names_the_table_and_has_the_vector_as_a_parameter()
    {
        var table = await CreateAsync("notes", "one");

        var statement = await table.Search.DescribeAsync(new NearestQuery(new float[] { 0.5f, 0.25f, 0, 0 }), Cancel);

        statement.ShouldContain("notes");
        statement.ShouldContain("[0.5,0.25,0,0]");
        statement.TrimEnd().ShouldEndWith(";");
    }

    private async Task SetAsync(string table, params float[]?[] vectors)
    {
        for (var i = 0; i < vectors.Length; i++)
        {
            await Fixture.SetVectorAsync(table, i + 1, vectors[i]);
        }
    }
}
