using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>How a server is stopped.</summary>
public enum StopMode
{
    /// <summary>Connections are cut, transactions rolled back, everything is written: <c>pg_ctl -m fast</c>.</summary>
    Fast,

    /// <summary>A crash: the next start recovers from the log: <c>pg_ctl -m immediate</c>.</summary>
    Immediate,
}

/// <summary>A PostgreSQL server of a test's own, in a temporary folder on a free port, that may be stopped and crashed.</summary>
/// <remarks>Costs about a second to make: only for faults that a shared server must not suffer.</remarks>
public sealed class PrivateCluster : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _fsync;
    private readonly string[] _settings;

    private PrivateCluster(string folder, bool fsync, string[] settings)
    {
        _folder = folder;
        _fsync = fsync;
        _settings = settings;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>The folder of the data.</summary>
    public string DataFolder => Path.Combine(_folder, "data");

    /// <summary>The superuser's connection string of the database <c>postgres</c>, without a pool.</summary>
    public string ConnectionString => Connection("postgres").ConnectionString;

    /// <summary>Makes and starts a server; skips the test where none is installed.</summary>
    /// <param name="fsync">True for tests of crashes: what was acknowledged must be on disk.</param>
    /// <param name="settings">Further settings, such as <c>max_connections=20</c>.</param>
    public static Task<PrivateCluster> StartAsync(bool fsync = false, params string[] settings) => StartAsync(fsync, settings, []);

    /// <summary>Makes and starts a server whose write-ahead log, in segments of 1 MB, lies in a folder of its own.</summary>
    /// <param name="folder">An empty folder of the user that the server runs as.</param>
    /// <param name="settings">Further settings.</param>
    public static Task<PrivateCluster> StartWithLogInAsync(string folder, params string[] settings) =>
        StartAsync(fsync: true, settings, ["-X", folder, "--wal-segsize=1"]);

    /// <summary>Makes and starts a standby that follows this server, asynchronously.</summary>
    /// <param name="port">The port by which it reaches this server, such as a proxy's.</param>
    public Task<PrivateCluster> StartStandbyAsync(int port) => StartAsync(_fsync, _settings, standby => ServerPrograms.RunAsync(
        "pg_basebackup", "-D", standby.DataFolder, "-d", $"host=127.0.0.1 port={port} user=postgres", "-R", "-X", "stream", "-c", "fast"));

    /// <summary>Makes a standby the server that takes writes.</summary>
    public Task PromoteAsync() => ServerPrograms.RunAsync("pg_ctl", "-D", DataFolder, "-w", "promote");

    /// <summary>The server's first process, of which all others are children.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(DataFolder, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>True while the server runs.</summary>
    public async Task<bool> IsRunningAsync() =>
        (await ServerPrograms.TryRunAsync(Path.Combine(ServerPrograms.BinFolder!, "pg_ctl"), asPostgres: true, "-D", DataFolder, "status")).Code == 0;

    /// <summary>A connection string of a database of the server.</summary>
    public NpgsqlConnectionStringBuilder Connection(string database) => new()
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Database = database,
        Pooling = false,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };

    /// <summary>Starts the server on the port it had before, if it had one.</summary>
    public async Task StartServerAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            var port = Port == 0 ? FreePort() : Port;
            try
            {
                string[] settings =
                [
                    "listen_addresses=127.0.0.1", $"unix_socket_directories={_folder}", $"fsync={(_fsync ? "on" : "off")}",
                    "shared_buffers=64MB", .. _settings,
                ];
                await ServerPrograms.RunAsync(
                    "pg_ctl", "-D", DataFolder, "-w", "-t", "60", "-l", Path.Combine(_folder, "log"), "start",
                    "-o", $"-p {port} {string.Join(' ', settings.Select(setting => "-c " + setting))}");
                Port = port;
                return;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                // Somebody else took the port, or the old server has not let go of it yet.
            }
        }
    }

    /// <summary>Stops the server and waits until it is gone.</summary>
    public Task StopAsync(StopMode mode) =>
        ServerPrograms.RunAsync("pg_ctl", "-D", DataFolder, "-w", "-m", mode == StopMode.Fast ? "fast" : "immediate", "stop");

    /// <summary>Stops the server and starts it again.</summary>
    public async Task RestartAsync(StopMode mode)
    {
        await StopAsync(mode);
        await StartServerAsync();
    }

    /// <summary>What the server has written to its log.</summary>
    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    /// <summary>Asks everybody but the superuser for a password.</summary>
    public async Task AskForPasswordsAsync()
    {
        await File.WriteAllTextAsync(
            Path.Combine(DataFolder, "pg_hba.conf"), "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        await ServerPrograms.RunAsync("pg_ctl", "-D", DataFolder, "reload");
    }

    /// <summary>Lets anybody in from a network.</summary>
    public async Task AdmitAsync(string network)
    {
        await File.AppendAllTextAsync(Path.Combine(DataFolder, "pg_hba.conf"), $"\nhost all all {network} trust\n");
        await ServerPrograms.RunAsync("pg_ctl", "-D", DataFolder, "reload");
    }

    /// <summary>Runs a statement in a database of the server.</summary>
    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(Connection(database).ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (File.Exists(Path.Combine(DataFolder, "postmaster.pid")))
            {
                await StopAsync(StopMode.Immediate);
            }
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static Task<PrivateCluster> StartAsync(bool fsync, string[] settings, string[] options) => StartAsync(fsync, settings, cluster =>
        ServerPrograms.RunAsync(
            "initdb",
            ["-D", cluster.DataFolder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", .. options]));

    private static async Task<PrivateCluster> StartAsync(bool fsync, string[] settings, Func<PrivateCluster, Task> fill)
    {
        if (ServerPrograms.BinFolder is null)
        {
            Assert.Skip("No initdb and pg_ctl: install a PostgreSQL server, or name its folder in INGEST_TEST_PG_BIN.");
        }

        var cluster = new PrivateCluster(Directory.CreateTempSubdirectory("ingest-cluster-").FullName, fsync, settings);
        try
        {
            if (ServerPrograms.IsRoot)
            {
                await ServerPrograms.TryRunAsync("chown", asPostgres: false, "postgres", cluster._folder);
            }

            await fill(cluster);
            await cluster.StartServerAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
