using System.Globalization;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>The dimensions that pgvector stores and indexes: what is beyond is refused before anything is created.</summary>
public sealed class VectorLimitTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(VectorForm.Single, "vector", 16_000)]
    [InlineData(VectorForm.Half, "halfvec", 16_000)]
    [InlineData(VectorForm.Sign, "bit", 64_000)]
    public async Task Init_creates_up_to_the_limit_and_nothing_beyond_it(VectorForm form, string type, int most)
    {
        var refusal = await Should.ThrowAsync<IngestException>(() => InitAsync(form, most + 1));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"a {type} of at most {most:N0} dimensions"));
        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).ShouldBe(0);
        (await InitAsync(form, most)).Table.VectorType.ShouldBe($"{type}({most})");
    }

    [Theory]
    [InlineData(VectorForm.Single, "vector", 2_000)]
    [InlineData(VectorForm.Half, "halfvec", 4_000)]
    public async Task Index_builds_up_to_the_limit_and_nothing_beyond_it(VectorForm form, string type, int most)
    {
        await InitAsync(form, most + 1);
        foreach (var method in Enum.GetValues<VectorIndexMethod>())
        {
            var refusal = await Should.ThrowAsync<IngestException>(() => BuildAsync(method));

            refusal.Error.ShouldBe(IngestError.Configuration);
            refusal.Message.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"a {type} of at most {most:N0} dimensions"));
        }

        (await fixture.Database.ScalarAsync<long>("SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%embedding%'")).ShouldBe(0);
        await fixture.ResetAsync();
        await InitAsync(form, most);
        foreach (var method in Enum.GetValues<VectorIndexMethod>())
        {
            (await BuildAsync(method)).Name.ShouldStartWith("public.notes_embedding_");
        }
    }

    [Fact]
    public async Task A_column_of_bits_is_indexed_to_the_end()
    {
        await InitAsync(VectorForm.Sign, 64_000);

        (await BuildAsync(VectorIndexMethod.Hnsw)).Name.ShouldBe("public.notes_embedding_hnsw");
    }

    private Task<InitReport> InitAsync(VectorForm form, int dimension) => fixture.Store.InitAsync(
        new InitRequest { Table = new TableRequest { Table = "notes" }, Form = form, Dimension = dimension }, Cancel);

    private async Task<VectorIndexReport> BuildAsync(VectorIndexMethod method)
    {
        var table = await fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        return await table.Indexing!.BuildIndexAsync(new VectorIndexRequest { Method = method }, Cancel);
    }
}
