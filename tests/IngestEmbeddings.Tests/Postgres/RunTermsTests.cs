using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>What all processes of a run must do alike.</summary>
public sealed class RunTermsTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    [Fact]
    public async Task A_process_that_keeps_no_metrics_does_not_join_a_run_that_does()
    {
        var table = await CreateAsync("notes", NumberedTexts(5));
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        var alone = await Store.OpenTableAsync(new TableRequest { Table = "notes", WithoutMetrics = true }, Cancel);

        var refused = await Should.ThrowAsync<IngestException>(() => alone.StartRunAsync(WithVectors, Cancel));

        refused.Message.ShouldContain("with metrics all; this one has metrics none");
    }
}
