using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace IngestEmbeddings.Tests.Support;

/// <summary>A PgBouncer in transaction mode with two server connections, in front of a server.</summary>
/// <remarks>
/// Nothing of a session survives a transaction there: no prepared statement, no setting, no advisory lock. A client that waits
/// for a server connection for more than two seconds is thrown out.
/// </remarks>
internal sealed class PgBouncer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private PgBouncer(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        Port = port;
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts it; skips the test where it is not installed.</summary>
    public static async Task<PgBouncer> StartAsync(NpgsqlConnectionStringBuilder server)
    {
        var program = ((string[])["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]).FirstOrDefault(File.Exists);
        if (program is null)
        {
            Assert.Skip("No pgbouncer: eng/install-test-tools installs it.");
        }

        var folder = Directory.CreateTempSubdirectory("ingest-bouncer-").FullName;
        var port = FreePort();
        var settings = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(settings, $"""
            [databases]
            * = host={server.Host} port={server.Port} user={server.Username}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 2
            query_wait_timeout = 2
            max_client_conn = 200
            """);
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardError = true, WorkingDirectory = "/" };
        start.ArgumentList.Add("-q");
        if (ServerPrograms.IsRoot)
        {
            await ServerPrograms.TryRunAsync("chmod", asPostgres: false, "-R", "a+rX", folder);
            start.ArgumentList.Add("-u");
            start.ArgumentList.Add("postgres");
        }

        start.ArgumentList.Add(settings);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var bouncer = new PgBouncer(process, folder, port);
        await bouncer.UntilItListensAsync();
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task UntilItListensAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (attempt < 200 && !_process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(25));
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
