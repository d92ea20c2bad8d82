using System.Collections.Concurrent;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IngestEmbeddings.Tests.Http.Endpoints;

/// <summary>A real server that speaks OpenAI's /v1/embeddings, with faults. Its vectors are a function of text and model.</summary>
internal sealed class EndpointServer : IAsyncDisposable
{
    private const int Dimension = 16;

    private readonly WebApplication _application;
    private int _requests;

    private EndpointServer(WebApplication application) => _application = application;

    /// <summary>The address up to the version.</summary>
    public string Address => _application.Urls.Single() + "/v1";

    /// <summary>What the vectors depend on besides the text.</summary>
    public string Weights { get; set; } = "weights";

    public string[] Models { get; set; } = ["mini"];

    public string? Key { get; set; }

    /// <summary>One in so many requests fails; 0 for none.</summary>
    public int FailOneIn { get; set; }

    public int MaxItems { get; set; } = int.MaxValue;

    public int MaxCharacters { get; set; } = int.MaxValue;

    /// <summary>The status of a refusal.</summary>
    public int RefusalStatus { get; set; } = 413;

    public bool Reorders { get; set; }

    public bool Base64 { get; set; } = true;

    public bool KnowsDimensions { get; set; } = true;

    /// <summary>Answers in place of the server; null leaves the answer to it. Gets the number of the request, from 1.</summary>
    public Func<int, HttpContext, Task<bool>> Instead { get; set; } = static (_, _) => Task.FromResult(false);

    /// <summary>Texts that are refused alone.</summary>
    public Func<string, bool> Refuses { get; set; } = static _ => false;

    /// <summary>How often each text was encoded.</summary>
    public ConcurrentDictionary<string, int> Encoded { get; } = new(StringComparer.Ordinal);

    /// <summary>The texts of each request that was understood, and the status of its answer.</summary>
    public ConcurrentQueue<(int Items, int Status)> Requests { get; } = [];

    /// <summary>The values of the header Authorization.</summary>
    public ConcurrentQueue<string> Keys { get; } = [];

    public static async Task<EndpointServer> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var server = new EndpointServer(builder.Build());
        server._application.MapPost("/v1/embeddings", server.EmbedAsync);
        server._application.MapGet("/v1/models", context => context.Response.WriteAsync(
            JsonSerializer.Serialize(new { data = server.Models.Select(static id => new { id }) })));
        await server._application.StartAsync();
        return server;
    }

    /// <summary>The vector of a text.</summary>
    public float[] VectorOf(string text, int dimension = Dimension)
    {
        var bytes = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{Weights}\0{text}"));
        var vector = bytes.Take(dimension).Select(static value => value - 127.5f).ToArray();
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return vector;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task EmbedAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _requests);
        Keys.Enqueue(context.Request.Headers.Authorization.ToString());
        if (await Instead(number, context))
        {
            return;
        }

        if (Key is not null && context.Request.Headers.Authorization != "Bearer " + Key)
        {
            await RefuseAsync(context, 401, "invalid_api_key");
            return;
        }

        if (FailOneIn > 0 && number % FailOneIn == 0)
        {
            // In turns: an error of the server, and a connection that breaks.
            if (number / FailOneIn % 2 == 0)
            {
                context.Response.StatusCode = 503;
            }
            else
            {
                context.Abort();
            }

            return;
        }

        using var request = await JsonDocument.ParseAsync(context.Request.Body);
        var texts = request.RootElement.GetProperty("input").EnumerateArray().Select(static text => text.GetString()!).ToArray();
        var refused = texts.Length > MaxItems || texts.Sum(static text => text.Length) > MaxCharacters || (texts.Length == 1 && Refuses(texts[0]));
        Requests.Enqueue((texts.Length, refused ? RefusalStatus : 200));
        if (refused || texts.Any(Refuses))
        {
            await RefuseAsync(context, RefusalStatus, "too_large");
            return;
        }

        var dimension = KnowsDimensions && request.RootElement.TryGetProperty("dimensions", out var wanted) ? wanted.GetInt32() : Dimension;
        var data = texts.Select((text, index) => (object)new { index, embedding = Shown(VectorOf(text, dimension)) });
        foreach (var text in texts)
        {
            Encoded.AddOrUpdate(text, 1, static (_, count) => count + 1);
        }

        await context.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            data = Reorders ? data.Reverse() : data,
            model = request.RootElement.GetProperty("model").GetString(),
            usage = new { total_tokens = texts.Sum(static text => text.Split(' ').Length) },
        }));
    }

    private object Shown(float[] vector) =>
        Base64 ? Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)) : vector;

    private static async Task RefuseAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { error = new { message = "That does not work.", code } }));
    }
}
