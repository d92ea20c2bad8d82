using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IngestEmbeddings.Tests.Support;

/// <summary>
/// A server that speaks as much of PostgreSQL's protocol (manual, 55.2) as an attacker needs: it has no TLS, asks for the password in
/// clear, and keeps all that it was told.
/// </summary>
internal sealed class CredentialTrap : IAsyncDisposable
{
    private const int RequestsWithoutVersion = 1234;

    private readonly TcpListener _listener;
    private readonly Task _serving;
    private readonly Lock _lock = new();
    private readonly StringBuilder _told = new();
    private int _connections;

    /// <summary>Listens.</summary>
    /// <param name="address">The address, of this machine.</param>
    public CredentialTrap(string address)
    {
        Address = address;
        _listener = new TcpListener(IPAddress.Parse(address), 0);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections came.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Everything that clients said, the password among it.</summary>
    public string Told
    {
        get
        {
            lock (_lock)
            {
                return _told.ToString();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving.ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync();
            Interlocked.Increment(ref _connections);
            try
            {
                await TalkAsync(client.GetStream());
            }
            catch (Exception fault) when (fault is IOException or EndOfStreamException)
            {
                // It went away.
            }
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        byte[] first;
        while (BinaryPrimitives.ReadInt16BigEndian(first = await ReadAsync(stream)) == RequestsWithoutVersion)
        {
            await stream.WriteAsync("N"u8.ToArray());
        }

        Keep(first);
        byte[] askForPassword = [(byte)'R', 0, 0, 0, 8, 0, 0, 0, 3];
        await stream.WriteAsync(askForPassword);
        await stream.ReadExactlyAsync(new byte[1]);
        Keep(await ReadAsync(stream));
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream)
    {
        var length = new byte[4];
        await stream.ReadExactlyAsync(length);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4];
        await stream.ReadExactlyAsync(body);
        return body;
    }

    private void Keep(byte[] message)
    {
        lock (_lock)
        {
            _told.Append(System.Text.Encoding.UTF8.GetString(message).Replace('\0', ' ')).Append('\n');
        }
    }
}
