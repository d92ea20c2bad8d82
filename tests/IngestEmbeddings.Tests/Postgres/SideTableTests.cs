using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Kinds;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Vectors in a separate table.</summary>
public sealed class SideTableTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static EncoderDescription First { get; } = new() { Model = "test:first", Dimension = 4, Fingerprint = "f1" };

    private static EncoderDescription Second { get; } = new() { Model = "o'second", Dimension = 4, Fingerprint = "f2" };

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Init_creates_it_and_leaves_the_table_with_the_texts_as_it_is()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");

        var report = await InitAsync("notes");

        report.Created.ShouldContain(line => line.Contains("notes_embeddings", StringComparison.Ordinal));
        report.Table.EmbeddingColumn.ShouldBe("notes_embeddings.embedding");
        report.Table.VectorType.ShouldBe("vector(4)");
        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attnum > 0")).ShouldBe(2);
        (await InitAsync("notes")).Created.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_row_with_a_text_gets_its_vector_and_its_metrics()
    {
        await CreateAsync("a", "b", null, " ", "c");

        (await RunAsync(First)).Pending.ShouldBe(0);

        (await VectorsAsync(First)).ShouldBe(["1 [1,1,0,0]", "2 [1,2,0,0]", "5 [1,3,0,0]"]);
        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes_metrics")).ShouldBe(3);
    }

    [Fact]
    public async Task The_same_weights_in_another_folder_are_the_same_model()
    {
        await CreateAsync("a", "b");
        await RunAsync(First);
        await RunAsync(Second);
        var moved = First with { Model = "/models/elsewhere" };
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        (await table.ReadPlanAsync(new PlanRequest { Work = new EmbedWork(moved) }, Cancel)).Pending.ShouldBe(0);
        (await RunAndListAsync(moved)).Offered.ShouldBeEmpty();
        (await VectorsAsync(moved)).ShouldBeEmpty();
        (await table.Audit.SampleAsync(moved.Identity, 10, Cancel)).Count.ShouldBe(2);
        (await table.Search.ReadVectorAsync(["2"], moved.Identity, Cancel)).ShouldBe(VectorOf("b"));

        await fixture.Database.ExecuteAsync("INSERT INTO notes VALUES (3, 'c')");
        (await RunAndListAsync(moved)).Offered.ShouldBe(["c"]);
        (await VectorsAsync(First)).Count.ShouldBe(3);
        (await table.ReadOriginsAsync(Cancel)).Select(origin => origin.Model).ShouldBe([First.Model, Second.Model], ignoreOrder: true);
    }

    /// <summary>Another model is recorded next to them.</summary>
    [Fact]
    public async Task Vectors_under_the_name_of_a_model_that_is_not_recorded_are_compared_before_they_are_taken_over()
    {
        var encoder = new HashingEncoder();
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text); INSERT INTO notes VALUES (1, 'a'), (2, 'b')");
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = encoder.Description.Dimension, Place = VectorPlace.Table }, Cancel);
        await using (await (await OpenAsync()).StartRunAsync(new RunRequest { Work = new EmbedWork(encoder.Description with { Model = "other", Fingerprint = "o" }) }, Cancel))
        {
        }

        await fixture.Database.ExecuteAsync(
            $"INSERT INTO notes_embeddings (id, model, text_hash, embedding, updated_at) SELECT id, '{HashingEncoder.Model}', 0, array_fill(id, ARRAY[384])::vector, now() FROM notes");

        var refusal = await Should.ThrowAsync<IngestException>(async () => await new VectorAdoption(await OpenAsync(), encoder, canReplace: true).CheckAsync(20, Cancel));

        refusal.Message.ShouldContain("of 2 texts encoded again, 0 gave");
    }

    private Task<IIngestTable> OpenAsync() => fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

    [Fact]
    public async Task A_role_that_may_not_read_what_runs_recorded_still_searches_by_the_name()
    {
        await CreateAsync("a");
        await RunAsync(First);
        await using var reader = await LowRole.CreateAsync(fixture.Database);
        await fixture.Database.ExecuteAsync($"GRANT SELECT ON notes, notes_embeddings, notes_metrics TO {reader.Name}");
        await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = reader.ConnectionString }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

        (await table.Search.ReadVectorAsync(["1"], First.Identity, Cancel)).ShouldBe(VectorOf("a"));
    }

    [Fact]
    public async Task Vectors_of_several_models_are_kept()
    {
        await CreateAsync("a", "b");
        await RunAsync(First);

        await RunAsync(Second);

        (await VectorsAsync(First)).Count.ShouldBe(2);
        (await VectorsAsync(Second)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Another_model_under_the_name_of_the_first_is_refused()
    {
        await CreateAsync("a");
        await RunAsync(First);

        var refusal = await Should.ThrowAsync<IngestException>(() => RunAsync(First with { Fingerprint = "f9" }));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("notes_embeddings");
    }

    [Fact]
    public async Task A_vector_of_an_older_text_is_stale_and_made_again()
    {
        await CreateAsync("a", "b");
        await RunAsync(First);
        await fixture.Database.ExecuteAsync("UPDATE notes SET text = 'd' WHERE id = 1");

        var (offered, proof) = await RunAndListAsync(First);

        offered.ShouldBe(["d"]);
        proof.Pending.ShouldBe(0);
        (await VectorsAsync(First)).ShouldBe(["1 [1,4,0,0]", "2 [1,2,0,0]"]);
    }

    [Fact]
    public async Task A_row_that_changed_or_vanished_while_it_was_encoded_is_not_written()
    {
        await CreateAsync("a", "b", "c");
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        await using var run = await table.StartRunAsync(new RunRequest { Work = new EmbedWork(First), WindowRows = 4 }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        await fixture.Database.ExecuteAsync("UPDATE notes SET text = 'd' WHERE id = 1");
        await fixture.Database.ExecuteAsync("DELETE FROM notes WHERE id = 2");

        (await session.WriteAsync(WholeOf(window), Cancel)).Written.ShouldBe(1);

        (await VectorsAsync(First)).ShouldBe(["3 [1,3,0,0]"]);
        (await fixture.Database.ListAsync<int>("SELECT id FROM notes_metrics")).ShouldBe([3]);
    }

    [Fact]
    public async Task Metrics_alone_are_made_for_rows_that_have_a_vector()
    {
        await CreateAsync("a", "b");
        await RunAsync(First);
        await fixture.Database.ExecuteAsync("DELETE FROM notes_metrics");
        await fixture.Database.ExecuteAsync("DELETE FROM notes_embeddings WHERE id = 2");

        (await RunAsync(encoder: null)).Pending.ShouldBe(0);

        (await fixture.Database.ListAsync<int>("SELECT id FROM notes_metrics")).ShouldBe([1]);
    }

    [Fact]
    public async Task A_row_whose_vector_is_taken_away_while_it_is_measured_gets_no_metrics()
    {
        await CreateAsync("a", "b", "c");
        await RunAsync(First);
        await fixture.Database.ExecuteAsync("DELETE FROM notes_metrics");
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        await using var run = await table.StartRunAsync(new RunRequest { Work = new MeasureWork(), WindowRows = 4 }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();
        await fixture.Database.ExecuteAsync("DELETE FROM notes_embeddings WHERE id = 2");

        (await session.WriteAsync(WholeOf(window), Cancel)).Written.ShouldBe(2);

        (await fixture.Database.ListAsync<int>("SELECT id FROM notes_metrics ORDER BY id")).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task A_table_of_that_name_that_is_something_else_is_named_and_left_alone()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        await fixture.Database.ExecuteAsync("CREATE TABLE notes_embeddings (anything text)");

        var refusal = await Should.ThrowAsync<IngestException>(() => InitAsync("notes"));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain("public.notes_embeddings");
    }

    [Theory]
    [InlineData(VectorForm.Half, VectorPlace.Column, "halfvec(4)", "[1,1,0,0]")]
    [InlineData(VectorForm.Half, VectorPlace.Table, "halfvec(4)", "[1,1,0,0]")]
    [InlineData(VectorForm.Sign, VectorPlace.Column, "bit(4)", "1100")]
    [InlineData(VectorForm.Sign, VectorPlace.Table, "bit(4)", "1100")]
    public async Task Vectors_are_kept_in_half_precision_or_as_signs(VectorForm form, VectorPlace place, string type, string kept)
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        await fixture.Database.ExecuteAsync("INSERT INTO notes VALUES (1, 'a')");

        var report = await InitAsync("notes", place, form);
        await RunAsync(First);

        report.Table.VectorType.ShouldBe(type);
        report.Table.Dimension.ShouldBe(4);
        var table = place == VectorPlace.Table ? "notes_embeddings" : "notes";
        (await fixture.Database.ScalarAsync<string>($"SELECT embedding::text FROM {table}")).ShouldBe(kept);
    }

    [Fact]
    public async Task A_component_beyond_half_precision_sets_its_row_aside()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        await fixture.Database.ExecuteAsync("INSERT INTO notes VALUES (1, 'a'), (2, 'b')");
        await InitAsync("notes", VectorPlace.Column, VectorForm.Half);
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        await using var run = await table.StartRunAsync(new RunRequest { Work = new EmbedWork(First), WindowRows = 4 }, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var window = (await session.ReadAsync(4, Cancel)).ShouldNotBeNull();

        // Half precision ends at 65,504.
        (await session.WriteAsync(WholeOf(window, row => row == 0 ? [70_000, 0, 0, 0] : [1, 0, 0, 0]), Cancel)).Written.ShouldBe(1);

        (await fixture.ReadFailedRowsAsync()).ShouldHaveSingleItem().ShouldContain("| 1 | write |");
    }

    [Fact]
    public async Task More_dimensions_than_pgvector_stores_are_refused_with_its_limit()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");

        var refusal = await Should.ThrowAsync<IngestException>(() => fixture.Store.InitAsync(
            new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 16_001, Form = VectorForm.Half }, Cancel));

        refusal.Message.ShouldContain("16,000");
    }

    private static float[] VectorOf(string text) => [1, text[0] - 'a' + 1, 0, 0];

    private static RowBatch WholeOf(RowWindow window, Func<int, float[]>? vector = null) => new()
    {
        Window = window,
        Rows = [.. Enumerable.Range(0, window.Count)],
        Metrics = [.. window.Texts.Select(text => new TextMetrics(1, text.Length, null, null, null))],
        Vectors = [.. Enumerable.Range(0, window.Count).Select(row => (ReadOnlyMemory<float>)(vector?.Invoke(row) ?? VectorOf(window.Texts[row])))],
        CompletesWindow = true,
    };

    private Task<InitReport> InitAsync(string table, VectorPlace place = VectorPlace.Table, VectorForm form = VectorForm.Single) =>
        fixture.Store.InitAsync(
            new InitRequest { Table = new TableRequest { Table = table }, Dimension = 4, Place = place, Form = form }, Cancel);

    private async Task CreateAsync(params string?[] texts)
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        for (var i = 0; i < texts.Length; i++)
        {
            await fixture.Database.ExecuteAsync("INSERT INTO notes VALUES ($1, nullif($2, 'NULL'))", i + 1, texts[i] ?? "NULL");
        }

        await InitAsync("notes");
    }

    private async Task<RunProof> RunAsync(EncoderDescription? encoder) => (await RunAndListAsync(encoder)).Proof;

    private async Task<(List<string> Offered, RunProof Proof)> RunAndListAsync(EncoderDescription? encoder)
    {
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        await using var run = await table.StartRunAsync(new RunRequest { Work = encoder is null ? new MeasureWork() : new EmbedWork(encoder), WindowRows = 4 }, Cancel);
        var offered = new List<string>();
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            do
            {
                while (await session.ReadAsync(4, Cancel) is { } window)
                {
                    offered.AddRange(window.Texts);
                    await session.WriteAsync(WholeOf(window), Cancel);
                }
            }
            while (await session.WaitForMoreAsync(Cancel));
        }

        return (offered, await run.FinishAsync(Cancel));
    }

    private Task<List<string>> VectorsAsync(EncoderDescription encoder) => fixture.Database.ListAsync<string>(
        "SELECT id || ' ' || embedding::text FROM notes_embeddings WHERE model = $1 ORDER BY id", encoder.Model);
}
