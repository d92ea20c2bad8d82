using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Another machine of the same host name keeps its leases: a process id means something on one machine only.</summary>
public sealed class C20MachineTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await _database.ExecuteAsync(
            """
            CREATE TABLE sentences(id bigint PRIMARY KEY, text text, embedding vector(384));
            CREATE TABLE sentence_metrics(sentenceid bigint PRIMARY KEY, word_ratio real, word_count int, length int, entity_count int, frequency int, updated_at timestamptz);
            INSERT INTO sentences(id, text) SELECT i, 'Ua hele ʻo Kalani i Hilo ' || i FROM generate_series(1, 3000) AS i;
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_worker_of_another_PID_namespace_is_not_taken_for_dead()
    {
        await using var other = Start(Shell.Wrap("exec unshare --pid --fork --kill-child --mount-proc \"$@\""), sleep: "60");
        if (!await TryBeginAsync(other))
        {
            Assert.Skip("No PID namespaces here: " + other.Errors);
        }

        await RunBriefAsync();

        (await ExpiredAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("|| 'x'")] // another start of the system, or another namespace
    [InlineData("former")] // a former version, which wrote no place
    [InlineData("empty")]
    public async Task A_claim_whose_process_id_means_nothing_here_keeps_its_lease(string owner)
    {
        await KillAWorkerAsync();
        await _database.ExecuteAsync("UPDATE ingest_embeddings.key_range SET owner = " + owner switch
        {
            "former" => "split_part(owner, '/', 1) || '/' || split_part(owner, '/', 2) || '/' || split_part(owner, '/', 3)",
            "empty" => "split_part(owner, '/', 1) || '/' || split_part(owner, '/', 2) || '/' || split_part(owner, '/', 3) || '/'",
            _ => "owner " + owner,
        } + " WHERE state = 1");

        await RunBriefAsync();

        (await ExpiredAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_dead_worker_of_this_machine_is_still_replaced_at_once()
    {
        await KillAWorkerAsync();

        await using var tool = Start(null, sleep: "0");
        var result = await tool.WaitAsync(TimeSpan.FromSeconds(40));

        result.ExitCode.ShouldBe(0, result.Errors);
    }

    private async Task KillAWorkerAsync()
    {
        await using var dead = Start(null, sleep: "60");
        (await TryBeginAsync(dead)).ShouldBeTrue(dead.Errors);
        dead.Kill();
        await dead.WaitAsync();
    }

    // Long enough to look for leases of the dead, which comes first.
    private async Task RunBriefAsync()
    {
        await using var tool = Start(null, sleep: "1");
        (await TryBeginAsync(tool)).ShouldBeTrue(tool.Errors);
        tool.Send(UnixSignal.Terminate);
        await tool.WaitAsync();
    }

    private static async Task<bool> TryBeginAsync(ToolProcess tool)
    {
        try
        {
            await tool.WaitForLineAsync(static line => line.StartsWith("Processed batch", StringComparison.Ordinal));
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // What is held by others than the one that has just given everything back.
    private Task<long> ExpiredAsync() => _database.ScalarAsync<long>(
        "SELECT count(*) + CASE WHEN count(*) FILTER (WHERE lease_until > clock_timestamp()) = 0 THEN 1 ELSE 0 END - count(*) FILTER (WHERE lease_until > clock_timestamp()) FROM ingest_embeddings.key_range WHERE state = 1");

    private ToolProcess Start(IReadOnlyList<string>? wrapper, string sleep) => ToolProcess.Start(
        ["run", "sentences", "50", "--model", "builtin:hashing", "--lease", "600", "--sleep", sleep, "--frequency", "never",
            "--store", $"postgresql://{_database.Settings.Username}@127.0.0.1:{_database.Settings.Port}/{_database.Settings.Database}"],
        wrapper: wrapper);
}
