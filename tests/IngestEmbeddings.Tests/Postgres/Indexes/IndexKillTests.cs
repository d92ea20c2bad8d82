using IngestEmbeddings.Tests.Faults.Matrix;
using IngestEmbeddings.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres.Indexes;

/// <summary>The real program with <c>--rebuild-index</c>, killed at each step: the next run ends with the index.</summary>
public sealed class IndexKillTests : IAsyncLifetime
{
    private const int Killed = 137;
    private const string Index = "CREATE INDEX notes_embedding_idx ON public.notes USING hnsw (embedding vector_l2_ops)";

    private static readonly string[] Rebuild = ["notes", "--model", "builtin:hashing", "--rebuild-index"];

    private PostgresDatabase _database = null!;

    private string Store => $"postgresql://{_database.Settings.Username}@{_database.Settings.Host}:{_database.Settings.Port}/{_database.Settings.Database}";

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await _database.ExecuteAsync(
            $"""
            CREATE TABLE notes (id integer PRIMARY KEY, text text, embedding vector(384));
            CREATE TABLE notes_metrics (id integer PRIMARY KEY,
                word_ratio real, word_count integer, length integer, entity_count integer, frequency integer, updated_at timestamptz);
            INSERT INTO notes SELECT number, 'text ' || number FROM generate_series(1, 20) AS number;
            {Index};
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("before_index_dropped", 1)]
    [InlineData("index_dropped", 0)]
    [InlineData("before_index_built", 0)]
    [InlineData("index_built", 1)]
    public async Task Killed_at_any_step_the_next_run_ends_with_the_index_and_no_leftovers(string step, int left)
    {
        var killed = await Start($"{step}:kill").WaitAsync();
        killed.ExitCode.ShouldBe(Killed, killed.Errors);
        // The server rolls back, or ends, what the program had begun as soon as it sees that the connection is gone.
        await FaultBench.UntilAsync(async () => (await IndexesAsync()).Count == left, $"{left} indexes");

        await ShouldBeMendedByTheNextRunAsync();
    }

    [Fact]
    public async Task Killed_while_the_index_is_built_the_next_run_ends_with_the_index_and_no_leftovers()
    {
        await using var tool = Start("before_index_built:sleep=2000");
        await FaultBench.UntilAsync(async () => (await IndexesAsync()).Count == 0, "the index is dropped");
        await FaultBench.UntilAsync(
            async () => await _database.ScalarAsync<long>("SELECT count(*) FROM notes WHERE embedding IS NULL") == 0, "the rows are written");

        // A build waits for transactions that write to the table, with an index that is there and not valid.
        await using var writer = await _database.ConnectAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand("INSERT INTO notes VALUES (100, '')", writer, transaction))
        {
            await insert.ExecuteNonQueryAsync();
        }

        await FaultBench.UntilAsync(
            () => _database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE relid = 'notes'::regclass)"),
            "the index is built");
        tool.Kill();
        (await tool.WaitAsync()).ExitCode.ShouldBe(Killed);
        await _database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE relid = 'notes'::regclass");
        await FaultBench.UntilAsync(
            () => _database.ScalarAsync<bool>("SELECT NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE relid = 'notes'::regclass)"),
            "the build ended");
        await transaction.RollbackAsync();
        (await _database.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'notes_embedding_idx'::regclass")).ShouldBeFalse();

        await ShouldBeMendedByTheNextRunAsync();
    }

    private async Task ShouldBeMendedByTheNextRunAsync()
    {
        var next = await Start().WaitAsync();

        next.ExitCode.ShouldBe(0, next.Errors);
        (await IndexesAsync()).ShouldBe([Index]);
        (await _database.ScalarAsync<bool>("SELECT bool_and(indisvalid AND indisready) FROM pg_index WHERE indrelid = 'notes'::regclass")).ShouldBeTrue();
        (await _database.ScalarAsync<long>("SELECT count(*) FROM ingest_embeddings.dropped_index")).ShouldBe(0);
        (await _database.ScalarAsync<long>("SELECT count(*) FROM notes WHERE embedding IS NOT NULL")).ShouldBe(20);
    }

    private ToolProcess Start(string? failpoint = null) => ToolProcess.Start(
        [.. Rebuild, "--store", Store],
        failpoint is null ? null : new Dictionary<string, string> { ["INGEST_FAILPOINT"] = failpoint });

    private Task<List<string>> IndexesAsync() => _database.ListAsync<string>(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'notes' AND indexdef LIKE '%hnsw%'");
}
