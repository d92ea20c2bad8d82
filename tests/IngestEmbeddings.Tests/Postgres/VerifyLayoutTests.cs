using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The faults that only PostgreSQL's layouts can have: separate tables and indexes.</summary>
public sealed class VerifyLayoutTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(VectorPlace.Table, VectorForm.Single)]
    [InlineData(VectorPlace.Table, VectorForm.Half)]
    [InlineData(VectorPlace.Column, VectorForm.Half)]
    [InlineData(VectorPlace.Column, VectorForm.Sign)]
    public async Task Nothing_is_wrong_with_what_a_run_has_written_in_any_layout(VectorPlace place, VectorForm form) =>
        (await VerifyAsync(await FillAsync(200, place, form))).ShouldSatisfyAllConditions(
            report => report.Findings.ShouldBeEmpty(),
            report => report.Encoded.ShouldBe(200));

    [Fact]
    public async Task A_stale_vector_of_a_separate_table_is_found_by_its_hash()
    {
        var table = await FillAsync(20, VectorPlace.Table);
        await fixture.Database.ExecuteAsync("UPDATE notes SET text = text || '!' WHERE id = 7");

        ShouldBe(await VerifyAsync(table), "stale", "7");
    }

    [Fact]
    public async Task A_vector_whose_row_is_gone_is_found_and_the_statement_deletes_it()
    {
        var table = await FillAsync(20, VectorPlace.Table);
        await fixture.Database.ExecuteAsync("DELETE FROM notes WHERE id = 7; DELETE FROM notes_metrics WHERE id = 7");

        var finding = ShouldBe(await VerifyAsync(table), "orphan-vectors", "7");

        (await fixture.Database.ExecuteAsync(finding.Statement!)).ShouldBe(1);
        (await VerifyAsync(table)).Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_statement_and_the_command_heal_a_wrong_vector()
    {
        foreach (var place in new[] { VectorPlace.Column, VectorPlace.Table })
        {
            await fixture.ResetAsync();
            var table = await FillAsync(20, place);
            await fixture.Database.ExecuteAsync(place == VectorPlace.Table
                ? "UPDATE notes_embeddings e SET embedding = o.embedding FROM notes_embeddings o WHERE e.id = 3 AND o.id = 4"
                : "UPDATE notes e SET embedding = o.embedding FROM notes o WHERE e.id = 3 AND o.id = 4");
            var finding = ShouldBe(await VerifyAsync(table), "repeated", "3");

            (await fixture.Database.ExecuteAsync(finding.Statement!)).ShouldBe(1);
            finding.Command!.Command.ShouldBe("run");
            await RunAsync(table);

            (await VerifyAsync(table)).Findings.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task An_index_that_is_not_valid_is_found()
    {
        var table = await FillAsync(20, VectorPlace.Column);
        await fixture.Database.ExecuteAsync("CREATE INDEX near ON notes USING hnsw (embedding vector_cosine_ops); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'near'::regclass");

        (await VerifyAsync(table)).Findings.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            finding => finding.Check.ShouldBe("invalid-index"),
            finding => finding.Statement.ShouldBe("DROP INDEX public.near;"));
    }

    [Fact]
    public async Task An_index_without_recall_is_found_with_the_setting_that_helps_and_a_good_one_is_not()
    {
        var table = await FillAsync(3000, VectorPlace.Column);
        await fixture.Database.ExecuteAsync("CREATE INDEX near ON notes USING hnsw (embedding vector_cosine_ops) WITH (m = 2, ef_construction = 4)");
        var poor = await VerifyAsync(table);
        await fixture.Database.ExecuteAsync("DROP INDEX near");

        poor.Findings.ShouldHaveSingleItem().Check.ShouldBe("recall");
        poor.Recall!.Recall.ShouldBeLessThan(0.95);
        poor.Recall.Setting.ShouldBe("hnsw.ef_search = 40");
        poor.Findings[0].Statement.ShouldNotBeNull();

        await fixture.Database.ExecuteAsync("CREATE INDEX near ON notes USING ivfflat (embedding vector_cosine_ops) WITH (lists = 1)");
        var good = await VerifyAsync(table);
        good.Findings.ShouldBeEmpty();
        good.Recall!.Recall.ShouldBe(1);
    }

    private async Task<IIngestTable> FillAsync(int rows, VectorPlace place, VectorForm form = VectorForm.Single)
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        await fixture.Database.ExecuteAsync($"INSERT INTO notes SELECT i, 'row ' || md5(i::text) || ' ' || md5((i * 7)::text) FROM generate_series(1, {rows}) i");
        var request = new TableRequest { Table = "notes" };
        await fixture.Store.InitAsync(new InitRequest { Table = request, Dimension = HashingEncoder.Dimension, Place = place, Form = form }, Cancel);
        var table = await fixture.Store.OpenTableAsync(request, Cancel);
        await RunAsync(table);
        return table;
    }

    private static async Task RunAsync(IIngestTable table)
    {
        var ingest = new IngestOptions();
        await using var encoder = new HashingEncoder();
        await using var run = await table.StartRunAsync(ingest.RequestFor(new EmbedWork(encoder.Description)), Cancel);
        await new IngestPipeline(run, encoder, new TextMeter(), ingest, EventChannel.None).RunAsync(Cancel);
    }

    private static async Task<VerifyReport> VerifyAsync(IIngestTable table)
    {
        await using var encoder = new HashingEncoder();
        return await new TableVerifier(table, "notes", encoder).VerifyAsync(new VerifyOptions(), Cancel);
    }

    private static Finding ShouldBe(VerifyReport report, string check, params string[] keys)
    {
        var finding = report.Findings.ShouldHaveSingleItem($"{string.Join("; ", report.Findings)}");
        finding.Check.ShouldBe(check);
        finding.Keys.ShouldBe(keys);
        return finding;
    }
}
