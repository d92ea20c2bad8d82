using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Keys leave and enter the server as text: what the text of a value looks like is no setting of the role's.</summary>
public sealed class C19KeyTextTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory]
    [InlineData("float8", "n * 0.1 + 1e-13", "extra_float_digits = -15")]
    [InlineData("float4", "n / 3.0", "extra_float_digits = -6")]
    [InlineData("interval", "n * interval '1 day 00:00:01'", "intervalstyle = sql_standard")]
    [InlineData("timestamp", "timestamp '2026-05-04' + n * interval '1 day'", "datestyle = 'SQL, DMY'")]
    [InlineData("bytea", "decode(lpad(n::text, 8, '0'), 'hex')", "bytea_output = escape")]
    public async Task Every_row_is_found_again(string type, string value, string setting)
    {
        var database = Fixture.Database.Settings.Database;
        await Fixture.Database.ExecuteAsync($"ALTER DATABASE {database} SET {setting}");
        try
        {
            await Fixture.ReopenAsync();
            await Fixture.Database.ExecuteAsync($"CREATE TABLE notes (id {type} PRIMARY KEY, text text); INSERT INTO notes SELECT {value}, 'text ' || n FROM generate_series(1, 30) n");
            await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 4 }, Cancel);

            (await RunAsync(await OpenAsync("notes"), WithVectors)).Proof.ShouldBe(new RunProof(0, 0));

            (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes n JOIN notes_metrics m USING (id) WHERE n.embedding IS NOT NULL")).ShouldBe(30);
        }
        finally
        {
            await Fixture.Database.ExecuteAsync($"ALTER DATABASE {database} RESET ALL");
        }
    }
}
