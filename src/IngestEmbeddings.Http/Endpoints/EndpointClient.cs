using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IngestEmbeddings.Events;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace IngestEmbeddings.Http.Endpoints;

/// <summary>Sends requests to an endpoint, again where that may help. Safe for several threads.</summary>
internal sealed class EndpointClient : IDisposable
{
    private const int MaxAnswerBytes = 1 << 28;

    private readonly EndpointOptions _options;
    private readonly HttpClient _client;
    private long _requests;
    private long _retries;

    public EndpointClient(EndpointOptions options)
    {
        _options = options;
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            UseCookies = false,

            // A balancer's servers change while a run goes on for hours.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        var counted = new CountingHandler(this) { InnerHandler = new RedirectHandler(sockets, maxRedirects: 3) };
        _client = new HttpClient(new ResilienceHandler(CreatePipeline()) { InnerHandler = counted })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        if (options.Key is { } key)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <summary>The requests that were sent, retries included.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>The requests among them that repeat an earlier one.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Asks for the embeddings of texts.</summary>
    /// <param name="texts">The texts, prompts included.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="EndpointRefusal">The server refuses this request; a smaller one may be accepted.</exception>
    /// <exception cref="IngestException">The server refuses every request, or does not answer.</exception>
    public async Task<EmbeddingsAnswer> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var body = Write(texts);
        for (var attempt = 0; ; attempt++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_options.Address.OriginalString + "/embeddings")) { Content = body() };
            var answer = await SendAsync(request, cancellationToken);
            try
            {
                return EmbeddingsAnswer.Read(answer, texts.Count);
            }
            catch (FormatException) when (attempt < _options.Limits.MaxRetries)
            {
                // An answer that was cut by a proxy looks like this too.
                Interlocked.Increment(ref _retries);
                await Task.Delay(_options.Limits.RetryDelay, _options.Time, cancellationToken);
            }
            catch (FormatException fault)
            {
                throw EndpointErrors.Strange(_options, fault);
            }
        }
    }

    /// <summary>Lists the names of the server's models.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_options.Address.OriginalString + "/models"));
        try
        {
            using var document = JsonDocument.Parse(await SendAsync(request, cancellationToken));
            return [.. document.RootElement.GetProperty("data").EnumerateArray().Select(static model => model.GetProperty("id").GetString() ?? "")];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw EndpointErrors.Strange(_options, fault);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.IsSuccessStatusCode ? answer : throw EndpointErrors.Refused(_options, response, answer);
        }
        catch (Exception fault) when (fault is HttpRequestException or TimeoutRejectedException)
        {
            throw EndpointErrors.Unreachable(_options, fault);
        }
    }

    /// <summary>A body that can be written again for each attempt.</summary>
    private Func<HttpContent> Write(IReadOnlyList<string> texts)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("model", _options.Model);
            writer.WriteStartArray("input");
            foreach (var text in texts)
            {
                writer.WriteStringValue(text);
            }

            writer.WriteEndArray();
            writer.WriteString("encoding_format", "base64");
            if (_options.Dimensions is { } dimensions)
            {
                writer.WriteNumber("dimensions", dimensions);
            }

            writer.WriteEndObject();
        }

        var bytes = stream.ToArray();
        return () => new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private ResiliencePipeline<HttpResponseMessage> CreatePipeline()
    {
        var limits = _options.Limits;
        return new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _options.Time }
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = limits.MaxRetries,
                Delay = limits.RetryDelay,
                MaxDelay = limits.MaxRetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = args => ValueTask.FromResult(
                    HttpClientResiliencePredicates.IsTransient(args.Outcome)
                    && !(args.Outcome.Result is { } response && RetryAfter.Of(response, _options.Time) > limits.MaxRetryAfter)),
                OnRetry = args =>
                {
                    Interlocked.Increment(ref _retries);
                    _options.Observer.Observe(new EndpointRetryScheduled(_options.Name, (int?)args.Outcome.Result?.StatusCode, args.AttemptNumber + 1, args.RetryDelay));
                    return default;
                },
            })
            .AddTimeout(limits.AnswerTimeout)
            .Build();
    }

    /// <summary>Counts what is really sent.</summary>
    private sealed class CountingHandler(EndpointClient owner) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref owner._requests);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
