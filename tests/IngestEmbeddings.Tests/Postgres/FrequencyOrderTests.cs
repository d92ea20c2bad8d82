using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Windows joined with frequencies come in the order of their keys, whatever the server's join makes of it.</summary>
public sealed class FrequencyOrderTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private const int Texts = 6000;

    private static readonly RunRequest Counting = MetricsOnly with { Frequency = true, WindowRows = 2500 };

    [Theory(Timeout = TimeoutMs), InlineData("64kB"), InlineData("64MB")]
    public async Task Rows_come_in_order_where_the_frequencies_have_room_in_memory_and_where_not(string memory)
    {
        await CreateAsync("notes");
        await Fixture.Database.ExecuteAsync("INSERT INTO notes SELECT i, 'text ' || i % $1, '[1, 2, 3, 4]' FROM generate_series(1, 2 * $1) AS i", Texts);
        await Fixture.Database.ExecuteAsync($"ALTER DATABASE {Fixture.Database.Settings.Database} SET work_mem = '{memory}'");
        await Fixture.ReopenAsync();
        try
        {
            var (offered, proof) = await RunAsync(await OpenAsync("notes"), Counting);

            proof.ShouldBe(new RunProof(0, 0));
            offered.ShouldBe(Enumerable.Range(1, 2 * Texts).Select(static i => $"text {i % Texts}"));
            (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes_metrics WHERE frequency = 2")).ShouldBe(2 * Texts);
        }
        finally
        {
            await Fixture.Database.ExecuteAsync($"ALTER DATABASE {Fixture.Database.Settings.Database} RESET work_mem");
        }
    }
}
