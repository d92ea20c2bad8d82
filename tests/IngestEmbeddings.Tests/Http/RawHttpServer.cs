using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IngestEmbeddings.Tests.Http;

/// <summary>A request as it came over the wire.</summary>
internal sealed record RawRequest(string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte of the range that is asked for; 0 for all.</summary>
    public int RangeStart => Headers.TryGetValue("Range", out var range)
        ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture)
        : 0;
}

/// <summary>An answer, with whatever is wrong with it.</summary>
internal sealed record RawReply(int Status, byte[] Body)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The length that the header states; null for the true one.</summary>
    public long? StatedLength { get; init; }

    /// <summary>After so many bytes of the body nothing more is sent; null for all.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>True to keep the connection open after the break, for ever.</summary>
    public bool Stalls { get; init; }

    /// <summary>The pause before each thousand bytes.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>True to state no length: the body ends with the connection.</summary>
    public bool WithoutLength { get; init; }

    public static RawReply Text(int status, string text = "") => new(status, System.Text.Encoding.UTF8.GetBytes(text));

    public static RawReply Redirect(string location, int status = 302) => Text(status) with { Headers = new() { ["Location"] = location } };
}

/// <summary>An HTTP server over a bare socket, which can break every rule. One request a connection.</summary>
internal sealed class RawHttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<RawRequest, RawReply> _reply;
    private readonly Task _accepting;

    public RawHttpServer(Func<RawRequest, RawReply> reply)
    {
        _reply = reply;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>The requests so far.</summary>
    public ConcurrentQueue<RawRequest> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, System.Text.Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(_stop.Token) is not { } line)
            {
                return;
            }

            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } header)
            {
                headers[header.Split(": ", 2)[0]] = header.Split(": ", 2)[1];
            }

            var request = new RawRequest(line.Split(' ')[1], headers);
            Requests.Enqueue(request);
            await WriteAsync(stream, _reply(request));
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // The client went away, or the test has ended.
        }
    }

    private async Task WriteAsync(NetworkStream stream, RawReply reply)
    {
        if (reply is { Stalls: true, BreakAfter: null })
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }

        var head = new StringBuilder($"HTTP/1.1 {reply.Status} Said\r\nConnection: close\r\n");
        if (!reply.WithoutLength)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.StatedLength ?? reply.Body.Length}\r\n");
        }

        foreach (var (name, value) in reply.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{head}\r\n"), _stop.Token);
        foreach (var piece in reply.Body.Take(reply.BreakAfter ?? int.MaxValue).Chunk(1000))
        {
            if (reply.Pause > TimeSpan.Zero)
            {
                await Task.Delay(reply.Pause, _stop.Token);
            }

            await stream.WriteAsync(piece, _stop.Token);
        }

        if (reply.Stalls)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
    }
}
