using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Speaks to a hub: https://huggingface.co/docs/hub/api</summary>
/// <remarks>
/// The token is sent to the hub's own address alone. Requests are sent again where that may help; what cannot be helped
/// becomes an <see cref="IngestException"/> in the user's words. Proxies and certificates are those of .NET.
/// </remarks>
internal sealed class HubClient : IDisposable
{
    private readonly HubOptions _options;
    private readonly HttpClient _client;

    public HubClient(HubOptions options)
    {
        _options = options;
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = options.Limits.ConnectTimeout,
            UseCookies = false,
        };
        var handler = new ResilienceHandler(CreatePipeline(options))
        {
            InnerHandler = new RedirectHandler(sockets, options.Limits.MaxRedirects),
        };

        // The pipeline limits the time until an answer begins, and the reader of the answer limits the time between its bytes.
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ingest-embeddings", typeof(HubClient).Assembly.GetName().Version!.ToString(2)));
    }

    /// <summary>Lists the files of a model.</summary>
    /// <exception cref="IngestException">The hub cannot be reached, refuses, or answers something else.</exception>
    public async Task<HubListing> ListAsync(ModelId id, CancellationToken cancellationToken)
    {
        var uri = new Uri($"{_options.Endpoint.OriginalString}/api/models/{id.Repository}/revision/{Uri.EscapeDataString(id.Revision)}?blobs=true");
        using var response = await SendAsync(id, new HttpRequestMessage(HttpMethod.Get, uri), cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw HubErrors.Refused(id, _options, response);
        }

        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            await using var bytes = new MemoryStream();
            await BodyReader.CopyAsync(body, bytes, _options.Limits.MaxListBytes, _options, cancellationToken);
            return Read(id, bytes.ToArray());
        }
        catch (Exception fault) when (fault is IOException or TimeoutException or HttpRequestException)
        {
            throw HubErrors.Unreachable(id, _options, fault);
        }
    }

    /// <summary>Begins to fetch a file.</summary>
    /// <param name="id">The model.</param>
    /// <param name="commit">The commit of the listing, so that all files belong together.</param>
    /// <param name="file">The file.</param>
    /// <param name="offset">The bytes that are here already.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>The answer: 200 with all bytes, 206 with those from the offset, or 416 where there are none.</returns>
    /// <exception cref="IngestException">The hub cannot be reached, or refuses.</exception>
    public async Task<HttpResponseMessage> OpenAsync(
        ModelId id, string commit, HubFile file, long offset, CancellationToken cancellationToken)
    {
        var path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
        var uri = new Uri($"{_options.Endpoint.OriginalString}/{id.Repository}/resolve/{commit}/{path}");
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
        }

        var response = await SendAsync(id, request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return response;
        }

        using (response)
        {
            throw HubErrors.Refused(id, _options, response);
        }
    }

    public void Dispose() => _client.Dispose();

    private static ResiliencePipeline<HttpResponseMessage> CreatePipeline(HubOptions options)
    {
        var limits = options.Limits;
        return new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Time }
            .AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = limits.MaxRetries,
                Delay = limits.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = args => ValueTask.FromResult(MayHelp(args.Outcome, args.AttemptNumber, options)),
                OnRetry = args =>
                {
                    options.Observer.Observe(new HubRetryScheduled(options.Endpoint.Host, (int?)args.Outcome.Result?.StatusCode, args.RetryDelay));
                    return default;
                },
            })
            .AddTimeout(limits.AnswerTimeout)
            .Build();
    }

    /// <summary>A host that cannot be reached is tried twice: a machine without a network should say so soon.</summary>
    private static bool MayHelp(Outcome<HttpResponseMessage> outcome, int attempt, HubOptions options) => outcome switch
    {
        { Result: { } response } => HttpClientResiliencePredicates.IsTransient(outcome)
            && !(RetryAfter.Of(response, options.Time) > options.Limits.MaxRetryAfter),
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError } } => attempt < 1,
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } } => false,
        _ => HttpClientResiliencePredicates.IsTransient(outcome),
    };

    private async Task<HttpResponseMessage> SendAsync(ModelId id, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            if (_options.Token is { } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            try
            {
                return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            }
            catch (Exception fault) when (fault is HttpRequestException or TimeoutRejectedException)
            {
                throw HubErrors.Unreachable(id, _options, fault);
            }
        }
    }

    private HubListing Read(ModelId id, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var commit = root.GetProperty("sha").GetString() ?? "";
            var files = root.GetProperty("siblings").EnumerateArray().Select(ReadFile).ToArray();
            return commit.Length > 0 && commit.All(char.IsAsciiHexDigitLower)
                ? new HubListing(commit, files)
                : throw HubErrors.Strange(id, _options, "names no commit");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw HubErrors.Strange(id, _options, "is not the list of a model's files", fault);
        }
    }

    /// <summary>Large files have an <c>lfs</c> entry with their SHA-256; of the others, the hash is Git's.</summary>
    private static HubFile ReadFile(JsonElement file)
    {
        var large = file.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object;
        var sized = large ? lfs : file;
        return new HubFile(
            file.GetProperty("rfilename").GetString() ?? "",
            sized.TryGetProperty("size", out var size) && size.ValueKind == JsonValueKind.Number ? size.GetInt64() : -1,
            sized.TryGetProperty(large ? "sha256" : "blobId", out var hash) ? hash.GetString() ?? "" : "");
    }
}
