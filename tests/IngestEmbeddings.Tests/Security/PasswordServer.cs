using IngestEmbeddings.Tests.Faults.Oracle;
using IngestEmbeddings.Tests.Support;
using Xunit;

namespace IngestEmbeddings.Tests.Security;

/// <summary>A server that asks for passwords: that of <c>kimo</c>, who owns the table, is the canary; that of <c>lehua</c> is not.</summary>
public sealed class PasswordServer : IAsyncLifetime
{
    private PrivateCluster? _cluster;

    public int Port => _cluster!.Port;

    public async ValueTask InitializeAsync()
    {
        _cluster = await PrivateCluster.StartAsync();
        var table = new WatchedTable(_cluster.ConnectionString);
        await table.CreateAsync(rows: 20);
        await table.ExecuteAsync($"""
            DROP TRIGGER record ON sentences;
            CREATE ROLE kimo LOGIN PASSWORD '{Canary.Password}';
            CREATE ROLE lehua LOGIN PASSWORD 'another';
            GRANT CREATE ON DATABASE postgres TO kimo;
            ALTER TABLE sentences OWNER TO kimo;
            ALTER TABLE sentence_metrics OWNER TO kimo
            """);
        await _cluster.AskForPasswordsAsync();
    }

    /// <summary>The URL of the database.</summary>
    public string Url(string user, string? password) =>
        $"postgresql://{user}{(password is null ? "" : ":" + password)}@127.0.0.1:{Port}/postgres";

    /// <summary>Fails when the program's own tables or the server's log hold the password.</summary>
    public async Task ShouldHaveKeptNoPasswordAsync()
    {
        var table = new WatchedTable(_cluster!.ConnectionString);
        Canary.ShouldBeAbsentFrom(await table.ScalarAsync<string>("SELECT schema_to_xml('ingest_embeddings', true, false, '')::text"));
        Canary.ShouldBeAbsentFrom(_cluster.Log);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
