using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>A server that takes no writes is an error of the start, with the reason; only a run that had begun waits.</summary>
public sealed class C17ReadOnlyTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Theory(Timeout = TimeoutMs)]
    [InlineData("run")]
    [InlineData("init")]
    [InlineData("load")]
    [InlineData("scratch")]
    public async Task A_role_that_only_reads_is_told_at_the_start(string command)
    {
        await CreateAsync("notes", NumberedTexts(4));
        await using var role = await LowRole.CreateAsync(Fixture.Database);
        await Fixture.Database.ExecuteAsync(
            $"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role.Name}; GRANT CREATE ON DATABASE {Fixture.Database.Settings.Database} TO {role.Name}; " +
            $"ALTER ROLE {role.Name} SET default_transaction_read_only = on");
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = role.ConnectionString }, Cancel);
        var request = new TableRequest { Table = "notes" };

        var refusal = await Should.ThrowAsync<IngestException>(async () =>
        {
            switch (command)
            {
                case "run":
                    await RunAsync(await store.OpenTableAsync(request, Cancel), WithVectors);
                    break;
                case "init":
                    await store.InitAsync(new InitRequest { Table = new TableRequest { Table = "other" } }, Cancel);
                    break;
                case "load":
                    await store.LoadAsync(new LoadRequest { Table = request }, Rows(), Cancel);
                    break;
                default:
                    await using (await (await store.OpenTableAsync(request, Cancel)).CreateScratchAsync(new ScratchRequest(1, false), Cancel))
                    {
                    }

                    break;
            }
        });

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("default_transaction_read_only");
    }

    [Fact(Timeout = TimeoutMs)]
    public async Task A_lone_standby_is_told_at_the_start()
    {
        await using var primary = await PrivateCluster.StartAsync();
        await using var standby = await primary.StartStandbyAsync(primary.Port);
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = standby.Connection("postgres").ConnectionString }, Cancel);

        var refusal = await Should.ThrowAsync<IngestException>(() =>
            store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" } }, Cancel));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("standby");
    }

    private static async IAsyncEnumerable<LoadRow> Rows()
    {
        await Task.CompletedTask;
        yield return new LoadRow(null, "one");
    }
}
