using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Support;

public sealed class PrivateClusterTests
{
    [Fact]
    public async Task A_cluster_survives_a_crash_on_the_same_port_and_leaves_nothing_behind()
    {
        string folder;
        await using (var cluster = await PrivateCluster.StartAsync(fsync: true))
        {
            folder = cluster.DataFolder;
            var port = cluster.Port;
            await cluster.ExecuteAsync("postgres", "CREATE TABLE kept AS SELECT 1 AS n");

            await cluster.RestartAsync(StopMode.Immediate);

            cluster.Port.ShouldBe(port);
            await cluster.ExecuteAsync("postgres", "SELECT n FROM kept");
        }

        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task The_proxy_passes_data_resets_connections_and_cuts_answers()
    {
        await using var cluster = await PrivateCluster.StartAsync();
        await using var proxy = new FaultProxy(cluster.Port);
        var settings = cluster.Connection("postgres");
        settings.Port = proxy.Port;
        (await ScalarAsync(settings)).ShouldBe(42);

        await using var open = new NpgsqlConnection(settings.ConnectionString);
        await open.OpenAsync(TestContext.Current.CancellationToken);
        proxy.ResetAll();
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(open));

        // The answer to the query has more than one byte; the cut leaves one.
        proxy.CutAnswerAfter = piece => piece.Span.IndexOf("42"u8) >= 0 ? 1 : null;
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(settings));
    }

    private static async Task<int> ScalarAsync(NpgsqlConnectionStringBuilder settings)
    {
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return await ScalarAsync(connection);
    }

    private static async Task<int> ScalarAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT 42", connection);
        return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
