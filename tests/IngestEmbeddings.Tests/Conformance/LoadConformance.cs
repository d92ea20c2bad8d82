using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Adding rows: ids taken or numbered, all of them or none.</summary>
public abstract class LoadConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    [Fact]
    public async Task Ids_are_taken_as_given()
    {
        await CreateAsync("notes");

        (await LoadAsync("notes", ("7", "seven"), ("3", "three"))).ShouldBe(2);

        await ShouldHoldAsync("notes", (3, "three"), (7, "seven"));
    }

    [Fact]
    public async Task Rows_without_an_id_are_numbered_after_the_largest_key()
    {
        await CreateAsync("notes", "one", "two");

        await LoadAsync("notes", (null, "three"), (null, "four"));

        await ShouldHoldAsync("notes", (1, "one"), (2, "two"), (3, "three"), (4, "four"));
    }

    [Fact]
    public async Task Ids_given_and_numbered_mix()
    {
        await CreateAsync("notes", "one");

        await LoadAsync("notes", (null, "two"), ("10", "ten"), (null, "eleven"));

        await ShouldHoldAsync("notes", (1, "one"), (2, "two"), (10, "ten"), (11, "eleven"));
    }

    [Fact]
    public async Task Numbering_an_empty_table_begins_at_1()
    {
        await CreateAsync("notes");

        await LoadAsync("notes", (null, "one"));

        await ShouldHoldAsync("notes", (1, "one"));
    }

    [Fact]
    public async Task A_null_text_is_loaded_as_null_and_an_empty_one_as_empty()
    {
        await CreateAsync("notes");

        await LoadAsync("notes", (null, null), (null, ""));

        await ShouldHoldAsync("notes", (1, null), (2, ""));
    }

    [Fact]
    public async Task Any_character_survives()
    {
        const string text = "ʻōlelo \t\r\n \"quoted\" \\N back\\slash 'x' 日本語 🌺 e\u0301";
        await CreateAsync("notes");

        await LoadAsync("notes", (null, text));

        await ShouldHoldAsync("notes", (1, text));
    }

    [Fact]
    public async Task An_id_that_is_there_refuses_the_load_and_nothing_is_lost()
    {
        await CreateAsync("notes", "one", "two");

        await ShouldRefuseAsync(() => LoadAsync("notes", ("3", "three"), ("2", "other")), "2");

        await ShouldHoldAsync("notes", (1, "one"), (2, "two"));
    }

    [Fact]
    public async Task An_id_that_comes_twice_refuses_the_load()
    {
        await CreateAsync("notes", "one");

        await ShouldRefuseAsync(() => LoadAsync("notes", ("5", "five"), ("5", "again")), "5");

        await ShouldHoldAsync("notes", (1, "one"));
    }

    [Fact]
    public async Task An_id_that_is_no_number_is_named()
    {
        await CreateAsync("notes");

        await ShouldRefuseAsync(() => LoadAsync("notes", ("1", "one"), ("x7", "seven")), "x7");

        await ShouldHoldAsync("notes");
    }

    [Fact]
    public async Task Nothing_is_added_when_the_source_fails()
    {
        await CreateAsync("notes", "one");

        await Should.ThrowAsync<InvalidDataException>(() => Store.LoadAsync(RequestFor("notes"), Failing(), Cancel));

        await ShouldHoldAsync("notes", (1, "one"));
    }

    [Fact]
    public async Task Many_rows_are_added_in_their_order()
    {
        await CreateAsync("notes");

        (await Store.LoadAsync(RequestFor("notes"), Rows(NumberedTexts(2_000).Select(text => ((string?)null, (string?)text))), Cancel))
            .ShouldBe(2_000);

        var rows = await Fixture.ReadAsync("notes");
        rows.Count.ShouldBe(2_000);
        rows[1_234].Text.ShouldBe("text 1234");
    }

    [Fact]
    public async Task A_table_that_is_not_there_is_named_with_the_next_step()
    {
        await ShouldBeMisconfiguredAsync(() => LoadAsync("nowhere", (null, "x")), "nowhere", "init");
    }

    private static LoadRequest RequestFor(string table) => new() { Table = new TableRequest { Table = table } };

    private Task<long> LoadAsync(string table, params (string? Id, string? Text)[] rows) =>
        Store.LoadAsync(RequestFor(table), Rows(rows), Cancel);

    private async Task ShouldHoldAsync(string table, params (int Ordinal, string? Text)[] expected)
    {
        var rows = await Fixture.ReadAsync(table);
        rows.OrderBy(row => row.Key).Select(row => (row.Key, row.Value.Text)).ShouldBe(expected);
    }

    private static async IAsyncEnumerable<LoadRow> Failing()
    {
        yield return new LoadRow(null, "two");
        await Task.CompletedTask;
        throw new InvalidDataException("the third line is broken");
    }
}
