using System.Net;
using System.Net.Sockets;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Telemetry;

/// <summary>Serves the figures of a run at <c>/metrics</c>, and <c>/healthz</c> for probes. Answers GET alone, a request a connection.</summary>
internal sealed class MetricsServer : IAsyncDisposable
{
    private const int MaxRequestBytes = 8192;

    // A client that sends nothing holds a connection no longer.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener;
    private readonly RunMeter _meter;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _serving;

    private MetricsServer(TcpListener listener, RunMeter meter, TimeProvider clock)
    {
        (_listener, _meter, _clock) = (listener, meter, clock);
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Starts to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="meter">The figures.</param>
    /// <param name="clock">The clock of timeouts.</param>
    /// <exception cref="IngestException">The port is taken, or may not be listened on.</exception>
    public static MetricsServer Start(IPEndPoint address, RunMeter meter, TimeProvider clock)
    {
        var listener = new TcpListener(address);
        try
        {
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw new IngestException(
                IngestError.Configuration, $"The metrics cannot be served on {address}: {exception.Message}. Give another --metrics-port.", exception);
        }

        return new MetricsServer(listener, meter, clock);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving;
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                _ = Task.Run(() => AnswerAsync(client));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The end, or a client that has gone already.
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        using (var limit = new CancellationTokenSource(MaxTime, _clock))
        {
            try
            {
                var stream = client.GetStream();
                var path = await ReadPathAsync(stream, limit.Token);
                var (status, type, body) = path switch
                {
                    "/metrics" => ("200 OK", PrometheusText.MediaType, PrometheusText.Of(_meter.Read())),
                    "/healthz" => ("200 OK", "text/plain", "ok\n"),
                    null => ("405 Method Not Allowed", "text/plain", "GET alone is answered\n"),
                    _ => ("404 Not Found", "text/plain", "/metrics and /healthz are served\n"),
                };
                var bytes = System.Text.Encoding.UTF8.GetBytes(body);
                var head = FormattableString.Invariant($"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n");
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(head), limit.Token);
                await stream.WriteAsync(bytes, limit.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
            {
                // The client has gone, or is too slow.
            }
        }
    }

    /// <summary>The path of a GET; null for another method.</summary>
    private static async Task<string?> ReadPathAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var request = new byte[MaxRequestBytes];
        var length = 0;
        while (length < request.Length && !request.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            var read = await stream.ReadAsync(request.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        var words = System.Text.Encoding.ASCII.GetString(request, 0, length).Split('\r')[0].Split(' ');
        return words is ["GET", var target, ..] ? target.Split('?')[0] : null;
    }
}
