using System.Text.RegularExpressions;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Tests.Conformance;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>A claim costs the same from the first to the last, even when no dead version may be removed.</summary>
public sealed partial class ClaimCostTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private const int RowCount = 40_000;
    private const int MaxBuffers = 100;

    [Fact(Timeout = TimeoutMs)]
    public async Task Claims_stay_cheap_while_another_session_holds_an_old_snapshot()
    {
        await Fixture.CreateTableAsync(new TableSpec("notes"));
        await Fixture.Database.ExecuteAsync($"INSERT INTO notes (id, text) SELECT n, 'text ' || n FROM generate_series(1, {RowCount}) n");
        await using var old = await Fixture.ConnectAsync();
        await using var snapshot = await old.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Cancel);
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM notes", old))
        {
            await look.ExecuteScalarAsync(Cancel);
        }

        var table = await OpenAsync("notes");
        await using var run = (PostgresRun)await table.StartRunAsync(WithVectors with { Workers = 1000, WindowRows = 256, BatchRows = 256 }, Cancel);
        await using var connection = await Fixture.ConnectAsync();
        var claims = run.CreateRanges("tester");
        await ExecuteAsync(connection, "LOAD 'auto_explain'");
        await ExecuteAsync(connection, "SET auto_explain.log_min_duration = 0; SET auto_explain.log_analyze = on; " +
            "SET auto_explain.log_buffers = on; SET auto_explain.log_level = notice; SET client_min_messages = notice");
        var buffers = new List<int>();

        while (true)
        {
            KeyRangeClaim? claim = null;
            var cost = await CountAsync(connection, async () =>
                claim = await claims.ClaimAsync(connection, Guid.NewGuid(), isRetry: false, takeSuspects: true, Cancel));
            if (claim is null)
            {
                break;
            }

            buffers.Add(cost);
            await claims.CompleteAsync(connection, claim, Cancel);
        }

        buffers.Count.ShouldBe((RowCount + 255) / 256);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(" ", buffers));
        buffers.ShouldAllBe(count => count > 0 && count < MaxBuffers);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    // The first "Buffers:" of each plan is its root's, which includes all others.
    private static async Task<int> CountAsync(NpgsqlConnection connection, Func<Task> work)
    {
        var sum = 0;
        void Add(object sender, NpgsqlNoticeEventArgs notice)
        {
            var buffers = Shared().Match(notice.Notice.MessageText).Groups["buffers"].Value;
            sum += Count().Matches(buffers).Sum(match => int.Parse(match.Groups["count"].Value));
        }

        connection.Notice += Add;
        await work();
        connection.Notice -= Add;
        return sum;
    }

    [GeneratedRegex(@"Buffers: shared(?<buffers>( (hit|read)=\d+)+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shared();

    [GeneratedRegex(@"=(?<count>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Count();
}
