using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary>A file that the former version left half-way is opened, migrated and resumed.</summary>
public sealed class FormerFileTests(SqliteFixture fixture) : StoreConformance<SqliteFixture>(fixture)
{
    [Fact]
    public async Task Its_run_is_resumed()
    {
        var notes = await OpenFormerAsync();

        (await notes.CountPendingAsync(WithVectors.Work, Cancel)).ShouldBe(1);
        var (offered, proof) = await RunAsync(notes, WithVectors);

        offered.ShouldBe(["three"]);
        proof.ShouldBe(new RunProof(0, 1));
        Fixture.Scalar("SELECT hex(embedding) FROM notes WHERE id = 1").ShouldBe("0000803F000000400000404000008040");
    }

    [Fact]
    public async Task Its_failed_rows_keep_key_and_reason_and_can_be_done_again()
    {
        var notes = await OpenFormerAsync();

        (await notes.ReadStatusAsync(10, Cancel)).FailedRows.ShouldBe([new FailedRow("2", "encode", "the model failed on this text")]);
        (await RunAsync(notes, WithVectors with { RetryFailed = true })).Offered.ShouldBe(["two", "three"]);
        (await notes.ReadStatusAsync(10, Cancel)).FailedRows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_settings_and_its_model_are_kept()
    {
        var notes = await OpenFormerAsync();

        (await Store.Settings!.ReadSettingAsync("source", Cancel)).ShouldBe("a file");
        var other = WithVectors with { Work = new EmbedWork(Encoder with { Model = "test:other", Fingerprint = "f2" }) };
        await ShouldBeMisconfiguredAsync(() => RunAsync(notes, other), "test:first", "test:other");
    }

    [Fact]
    public async Task It_is_migrated_once()
    {
        await OpenFormerAsync();
        await Fixture.ReopenAsync();

        Fixture.Scalar("SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE name LIKE 'ingest_embeddings_%' ORDER BY name)")
            .ShouldBe("ingest_embeddings_failed_row ingest_embeddings_model ingest_embeddings_receipt ingest_embeddings_run ingest_embeddings_setting ingest_embeddings_space");
        (await Fixture.ReadFailedRowsAsync()).Count.ShouldBe(1);
    }

    private async Task<IIngestTable> OpenFormerAsync()
    {
        await Fixture.ReplaceFileAsync(await File.ReadAllTextAsync(
            Repository.PathOf("tests", "IngestEmbeddings.Tests", "Sqlite", "former-file.sql"), Cancel));
        return await OpenAsync("notes");
    }
}
