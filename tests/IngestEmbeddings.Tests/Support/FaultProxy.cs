using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace IngestEmbeddings.Tests.Support;

/// <summary>A TCP proxy in front of a server that spoils connections: late, slow, silent, reset, or cut after some bytes.</summary>
/// <remarks>The properties may be changed at any time and hold for the connections that there are, too.</remarks>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Link> _links = [];
    private readonly Task _accepting;
    private volatile bool _silent;

    /// <summary>Begins to listen.</summary>
    /// <param name="targetPort">The port of the server on 127.0.0.1.</param>
    public FaultProxy(int targetPort)
    {
        TargetPort = targetPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The port of the server that new connections lead to.</summary>
    public int TargetPort { get; set; }

    /// <summary>How late each piece of data arrives, in either direction.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>The most bytes a second of each direction of each connection; null for no limit.</summary>
    public int? BytesPerSecond { get; set; }

    /// <summary>Swallows all data, without closing anything: a cable that was pulled.</summary>
    public bool Silent
    {
        get => _silent;
        set => _silent = value;
    }

    /// <summary>
    /// Looks at each piece that a client sends; a number: after the piece is sent on, so many bytes of answer come through
    /// and then the connection is reset. Null: the piece passes like any other.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, int?>? CutAnswerAfter { get; set; }

    /// <summary>How many connections were reset.</summary>
    public int Resets { get; private set; }

    /// <summary>Resets every connection; new ones are accepted.</summary>
    public void ResetAll()
    {
        Link[] links;
        lock (_lock)
        {
            links = [.. _links];
        }

        foreach (var link in links)
        {
            Reset(link);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        ResetAll();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var link = new Link(client, new Socket(SocketType.Stream, ProtocolType.Tcp));
        lock (_lock)
        {
            _links.Add(link);
        }

        try
        {
            client.NoDelay = true;
            link.Server.NoDelay = true;
            await link.Server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, TargetPort), _stop.Token);
            await Task.WhenAny(PumpAsync(link, fromClient: true), PumpAsync(link, fromClient: false));
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is away: the client sees a connection that closes.
        }
        finally
        {
            lock (_lock)
            {
                _links.Remove(link);
            }

            link.Client.Dispose();
            link.Server.Dispose();
        }
    }

    private async Task PumpAsync(Link link, bool fromClient)
    {
        var (from, to) = fromClient ? (link.Client, link.Server) : (link.Server, link.Client);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (true)
            {
                var read = await from.ReceiveAsync(buffer, _stop.Token);
                if (read == 0)
                {
                    return;
                }

                await DelayAsync(read);
                if (_silent)
                {
                    continue;
                }

                var piece = buffer.AsMemory(0, read);
                if (fromClient && CutAnswerAfter?.Invoke(piece) is { } allowed)
                {
                    link.AnswerBytesLeft = allowed;
                }

                if (!fromClient && link.AnswerBytesLeft is { } left)
                {
                    await to.SendAsync(piece[..Math.Min(left, read)], _stop.Token);
                    if (read >= left)
                    {
                        Reset(link);
                        return;
                    }

                    link.AnswerBytesLeft = left - read;
                    continue;
                }

                await to.SendAsync(piece, _stop.Token);
            }
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end went away; the other is closed by the caller.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask DelayAsync(int bytes)
    {
        var delay = Latency + (BytesPerSecond is { } rate ? TimeSpan.FromSeconds((double)bytes / rate) : TimeSpan.Zero);
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, _stop.Token);
        }
    }

    private void Reset(Link link)
    {
        lock (_lock)
        {
            Resets++;
        }

        // Lingering for no time makes the kernel send RST instead of FIN.
        foreach (var socket in (Socket[])[link.Client, link.Server])
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                // Already closed.
            }

            socket.Dispose();
        }
    }

    private sealed class Link(Socket client, Socket server)
    {
        public Socket Client { get; } = client;

        public Socket Server { get; } = server;

        /// <summary>Bytes of answer that still pass before the connection is reset; null while it is not to be.</summary>
        public int? AnswerBytesLeft { get; set; }
    }
}
