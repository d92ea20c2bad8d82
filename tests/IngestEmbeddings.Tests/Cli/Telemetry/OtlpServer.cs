using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IngestEmbeddings.Tests.Cli.Telemetry;

/// <summary>A collector that keeps what it receives by OTLP over HTTP.</summary>
internal sealed class OtlpServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly StringBuilder _traces = new();
    private readonly StringBuilder _metrics = new();
    private readonly Task _serving;

    public OtlpServer()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Endpoint = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"{Endpoint}/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Endpoint { get; }

    /// <summary>The bytes of all traces: strings stand in protobuf as they are.</summary>
    public string Traces => _traces.ToString();

    public string Metrics => _metrics.ToString();

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            (context.Request.Url!.AbsolutePath == "/v1/traces" ? _traces : _metrics).Append(System.Text.Encoding.UTF8.GetString(body.ToArray()));
            context.Response.StatusCode = 200;
            context.Response.Close();
        }
    }
}
