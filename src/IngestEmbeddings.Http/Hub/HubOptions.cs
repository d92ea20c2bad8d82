using IngestEmbeddings.Events;

namespace IngestEmbeddings.Http.Hub;

/// <summary>Which hub models are fetched from, and where they are kept.</summary>
public sealed record HubOptions
{
    /// <summary>Hugging Face's own hub.</summary>
    public static readonly Uri DefaultEndpoint = new("https://huggingface.co");

    /// <summary>The hub. Default <see cref="DefaultEndpoint"/>.</summary>
    public Uri Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>The user's token, which only <see cref="Endpoint"/> ever sees; null for none. Default null.</summary>
    public string? Token { get; init; }

    /// <summary>The folder of the cache, in the layout of Hugging Face's own.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>True when nothing may be fetched. Default false.</summary>
    public bool Offline { get; init; }

    /// <summary>The limits. Default: those of <see cref="HubLimits"/>.</summary>
    public HubLimits Limits { get; init; } = new();

    /// <summary>Observes progress and waits. Default none.</summary>
    public IIngestObserver Observer { get; init; } = EventChannel.None;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads <c>HF_ENDPOINT</c>, <c>HF_TOKEN</c> and <c>HF_HUB_OFFLINE</c>.</summary>
    /// <param name="environment">Gives the value of an environment variable.</param>
    /// <param name="cacheFolder">The folder of the cache.</param>
    /// <exception cref="IngestException"><c>HF_ENDPOINT</c> is not an address that can be used.</exception>
    public static HubOptions Read(Func<string, string?> environment, string cacheFolder)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var offline = environment("HF_HUB_OFFLINE");
        return new HubOptions
        {
            Endpoint = ReadEndpoint(environment("HF_ENDPOINT")),
            Token = string.IsNullOrWhiteSpace(environment("HF_TOKEN")) ? null : environment("HF_TOKEN")!.Trim(),
            CacheFolder = cacheFolder,
            // The words that huggingface_hub takes for true.
            Offline = offline?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }

    /// <summary>The compiler's own would show the token.</summary>
    public override string ToString() => Endpoint.ToString();

    private static Uri ReadEndpoint(string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return DefaultEndpoint;
        }

        if (!Uri.TryCreate(value.Trim().TrimEnd('/'), UriKind.Absolute, out var endpoint) || !SafeUri.IsSafe(endpoint))
        {
            throw new IngestException(
                IngestError.Configuration,
                $"HF_ENDPOINT={value} cannot be used: give an https address, such as {DefaultEndpoint.OriginalString}. Plain http is taken for this machine alone.");
        }

        return endpoint;
    }
}

/// <summary>How long, how often and how much.</summary>
public sealed record HubLimits
{
    /// <summary>How long a connection may take. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an answer may take to begin. Default 30 s.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long no byte may come within an answer. Default 60 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The pause before the first retry; each next one is twice as long. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest <c>Retry-After</c> that is waited for; a longer one ends the fetching. Default 2 minutes.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Retries in a row without a megabyte received between them. Default 5.</summary>
    public int MaxRetries { get; init; } = 5;

    /// <summary>Redirects of one request. Default 5.</summary>
    public int MaxRedirects { get; init; } = 5;

    /// <summary>The maximum bytes of a list of files. Default 16 MiB.</summary>
    public int MaxListBytes { get; init; } = 16 << 20;

    /// <summary>The maximum bytes of one file. Default 32 GiB.</summary>
    public long MaxFileBytes { get; init; } = 32L << 30;
}
