using IngestEmbeddings.Tests.Conformance;

namespace IngestEmbeddings.Tests.Postgres;

public sealed class PostgresInitTests(PostgresFixture fixture) : InitConformance<PostgresFixture>(fixture);

public sealed class PostgresLoadTests(PostgresFixture fixture) : LoadConformance<PostgresFixture>(fixture);

public sealed class PostgresCatalogTests(PostgresFixture fixture) : CatalogConformance<PostgresFixture>(fixture);

public sealed class PostgresReadingTests(PostgresFixture fixture) : ReadingConformance<PostgresFixture>(fixture);

public sealed class PostgresLongTextTests(PostgresFixture fixture) : LongTextConformance<PostgresFixture>(fixture);

public sealed class PostgresWritingTests(PostgresFixture fixture) : WritingConformance<PostgresFixture>(fixture);

public sealed class PostgresChangeTests(PostgresFixture fixture) : ChangeConformance<PostgresFixture>(fixture);

public sealed class PostgresEmbeddingsAloneTests(PostgresFixture fixture) : EmbeddingsAloneConformance<PostgresFixture>(fixture);

public sealed class PostgresWatchTests(PostgresFixture fixture) : WatchConformance<PostgresFixture>(fixture);

public sealed class PostgresReceiptTests(PostgresFixture fixture) : ReceiptConformance<PostgresFixture>(fixture);

public sealed class PostgresModelTests(PostgresFixture fixture) : ModelConformance<PostgresFixture>(fixture);

public sealed class PostgresDocumentTests(PostgresFixture fixture) : DocumentConformance<PostgresFixture>(fixture);

public sealed class PostgresRecomputeTests(PostgresFixture fixture) : RecomputeConformance<PostgresFixture>(fixture);

public sealed class PostgresFailureTests(PostgresFixture fixture) : FailureConformance<PostgresFixture>(fixture);

public sealed class PostgresMetricsOnlyTests(PostgresFixture fixture) : MetricsOnlyConformance<PostgresFixture>(fixture);

public sealed class PostgresFrequencyTests(PostgresFixture fixture) : FrequencyConformance<PostgresFixture>(fixture);

public sealed class PostgresResumeTests(PostgresFixture fixture) : ResumeConformance<PostgresFixture>(fixture);

public sealed class PostgresInterleavingTests(PostgresFixture fixture) : InterleavingConformance<PostgresFixture>(fixture);

public sealed class PostgresScratchTests(PostgresFixture fixture) : ScratchConformance<PostgresFixture>(fixture);

public sealed class PostgresSearchTests(PostgresFixture fixture) : SearchConformance<PostgresFixture>(fixture);

public sealed class PostgresVerifyTests(PostgresFixture fixture) : VerifyConformance<PostgresFixture>(fixture);
