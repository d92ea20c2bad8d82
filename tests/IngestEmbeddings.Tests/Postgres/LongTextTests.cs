using IngestEmbeddings.Encoding;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Texts that are too long to be read whole.</summary>
public sealed class LongTextTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_text_beyond_the_limit_is_cut_on_the_server_and_counted_and_no_other()
    {
        var cancel = TestContext.Current.CancellationToken;
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text, embedding vector(4))");
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO notes VALUES (1, repeat('x', 1000000)), (2, repeat('x', 1000001)), (3, repeat('\U0001F600', 1000000)),
                (4, repeat('\U0001F600', 1000001)), (5, 'short')
            """.Replace("'\\U0001F600'", "U&'\\+01F600'", StringComparison.Ordinal));
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, cancel);
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, cancel);
        var encoder = new EncoderDescription { Model = "test", Dimension = 4, Fingerprint = "f" };
        await using var run = await table.StartRunAsync(new RunRequest { Encoder = encoder, WindowRows = 5 }, cancel);
        await using var session = await run.OpenSessionAsync(0, cancel);

        var window = (await session.ReadAsync(5, cancel)).ShouldNotBeNull();

        window.CutTexts.ShouldBe(2);
        window.Texts.Select(text => text.EnumerateRunes().Count()).ShouldBe([1_000_000, 1_000_000, 1_000_000, 1_000_000, 5]);
    }

    [Fact]
    public void What_the_server_did_not_cut_is_not_cut_here()
    {
        var cut = 0;
        var pairs = string.Concat(Enumerable.Repeat("\U0001F600", 600_000));

        LongTexts.Cut(pairs, ref cut).ShouldBeSameAs(pairs);
        cut.ShouldBe(0);
    }
}
