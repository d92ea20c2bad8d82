using IngestEmbeddings.Tests.Conformance;

namespace IngestEmbeddings.Tests.Sqlite;

public sealed class SqliteInitTests(SqliteFixture fixture) : InitConformance<SqliteFixture>(fixture);

public sealed class SqliteLoadTests(SqliteFixture fixture) : LoadConformance<SqliteFixture>(fixture);

public sealed class SqliteCatalogTests(SqliteFixture fixture) : CatalogConformance<SqliteFixture>(fixture);

public sealed class SqliteReadingTests(SqliteFixture fixture) : ReadingConformance<SqliteFixture>(fixture);

public sealed class SqliteLongTextTests(SqliteFixture fixture) : LongTextConformance<SqliteFixture>(fixture);

public sealed class SqliteWritingTests(SqliteFixture fixture) : WritingConformance<SqliteFixture>(fixture);

public sealed class SqliteChangeTests(SqliteFixture fixture) : ChangeConformance<SqliteFixture>(fixture);

public sealed class SqliteEmbeddingsAloneTests(SqliteFixture fixture) : EmbeddingsAloneConformance<SqliteFixture>(fixture);

public sealed class SqliteWatchTests(SqliteFixture fixture) : WatchConformance<SqliteFixture>(fixture);

public sealed class SqliteReceiptTests(SqliteFixture fixture) : ReceiptConformance<SqliteFixture>(fixture);

public sealed class SqliteModelTests(SqliteFixture fixture) : ModelConformance<SqliteFixture>(fixture);

public sealed class SqliteDocumentTests(SqliteFixture fixture) : DocumentConformance<SqliteFixture>(fixture);

public sealed class SqliteRecomputeTests(SqliteFixture fixture) : RecomputeConformance<SqliteFixture>(fixture);

public sealed class SqliteFailureTests(SqliteFixture fixture) : FailureConformance<SqliteFixture>(fixture);

public sealed class SqliteMetricsOnlyTests(SqliteFixture fixture) : MetricsOnlyConformance<SqliteFixture>(fixture);

public sealed class SqliteFrequencyTests(SqliteFixture fixture) : FrequencyConformance<SqliteFixture>(fixture);

public sealed class SqliteResumeTests(SqliteFixture fixture) : ResumeConformance<SqliteFixture>(fixture);

public sealed class SqliteInterleavingTests(SqliteFixture fixture) : InterleavingConformance<SqliteFixture>(fixture);

public sealed class SqliteScratchTests(SqliteFixture fixture) : ScratchConformance<SqliteFixture>(fixture);

public sealed class SqliteSearchTests(SqliteFixture fixture) : SearchConformance<SqliteFixture>(fixture);

public sealed class SqliteVerifyTests(SqliteFixture fixture) : VerifyConformance<SqliteFixture>(fixture);
