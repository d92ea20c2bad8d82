using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Fault 23: the PostgreSQL store behind a pooler in transaction mode.</summary>
public sealed class PgBouncerFixture : PostgresFixture
{
    private PgBouncer? _bouncer;

    /// <inheritdoc/>
    protected override string StoreConnectionString =>
        new NpgsqlConnectionStringBuilder(base.StoreConnectionString) { Port = _bouncer!.Port }.ConnectionString;

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (PostgresDatabase.Server is not null)
        {
            _bouncer = await PgBouncer.StartAsync(Database.Settings);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_bouncer is not null)
        {
            await _bouncer.DisposeAsync();
        }
    }
}

public sealed class Fault23InitTests(PgBouncerFixture fixture) : InitConformance<PgBouncerFixture>(fixture);

public sealed class Fault23LoadTests(PgBouncerFixture fixture) : LoadConformance<PgBouncerFixture>(fixture);

public sealed class Fault23CatalogTests(PgBouncerFixture fixture) : CatalogConformance<PgBouncerFixture>(fixture);

public sealed class Fault23ReadingTests(PgBouncerFixture fixture) : ReadingConformance<PgBouncerFixture>(fixture);

public sealed class Fault23LongTextTests(PgBouncerFixture fixture) : LongTextConformance<PgBouncerFixture>(fixture);

public sealed class Fault23WritingTests(PgBouncerFixture fixture) : WritingConformance<PgBouncerFixture>(fixture);

public sealed class Fault23ChangeTests(PgBouncerFixture fixture) : ChangeConformance<PgBouncerFixture>(fixture);

public sealed class Fault23EmbeddingsAloneTests(PgBouncerFixture fixture) : EmbeddingsAloneConformance<PgBouncerFixture>(fixture);

public sealed class Fault23WatchTests(PgBouncerFixture fixture) : WatchConformance<PgBouncerFixture>(fixture);

public sealed class Fault23ReceiptTests(PgBouncerFixture fixture) : ReceiptConformance<PgBouncerFixture>(fixture);

public sealed class Fault23ModelTests(PgBouncerFixture fixture) : ModelConformance<PgBouncerFixture>(fixture);

public sealed class Fault23DocumentTests(PgBouncerFixture fixture) : DocumentConformance<PgBouncerFixture>(fixture);

public sealed class Fault23RecomputeTests(PgBouncerFixture fixture) : RecomputeConformance<PgBouncerFixture>(fixture);

public sealed class Fault23FailureTests(PgBouncerFixture fixture) : FailureConformance<PgBouncerFixture>(fixture);

public sealed class Fault23MetricsOnlyTests(PgBouncerFixture fixture) : MetricsOnlyConformance<PgBouncerFixture>(fixture);

public sealed class Fault23FrequencyTests(PgBouncerFixture fixture) : FrequencyConformance<PgBouncerFixture>(fixture);

public sealed class Fault23ResumeTests(PgBouncerFixture fixture) : ResumeConformance<PgBouncerFixture>(fixture);

public sealed class Fault23InterleavingTests(PgBouncerFixture fixture) : InterleavingConformance<PgBouncerFixture>(fixture);

public sealed class Fault23ScratchTests(PgBouncerFixture fixture) : ScratchConformance<PgBouncerFixture>(fixture);

public sealed class Fault23SearchTests(PgBouncerFixture fixture) : SearchConformance<PgBouncerFixture>(fixture);

public sealed class Fault23VerifyTests(PgBouncerFixture fixture) : VerifyConformance<PgBouncerFixture>(fixture);
