using IngestEmbeddings.Events;

namespace IngestEmbeddings.Http.Endpoints;

/// <summary>Which embeddings endpoint to ask, and how.</summary>
public sealed record EndpointOptions
{
    /// <summary>The address up to the version, such as <c>http://localhost:8080/v1</c>.</summary>
    public required Uri Address { get; init; }

    /// <summary>The name of the model there; empty: the only one that the server lists.</summary>
    public required string Model { get; init; }

    /// <summary>The key, which only <see cref="Address"/> ever sees; null for none. Default null.</summary>
    public string? Key { get; init; }

    /// <summary>Components to ask for, as <c>dimensions</c>; null for the model's own number. Default null.</summary>
    public int? Dimensions { get; init; }

    /// <summary>What to put before each document. Default empty: the server may add its own.</summary>
    public string DocumentPrompt { get; init; } = "";

    /// <summary>What to put before each query. Default empty.</summary>
    public string QueryPrompt { get; init; } = "";

    /// <summary>The limits. Default: those of <see cref="EndpointLimits"/>.</summary>
    public EndpointLimits Limits { get; init; } = new();

    /// <summary>Observes retries and what was used. Default none.</summary>
    public IIngestObserver Observer { get; init; } = EventChannel.None;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The endpoint as <c>--model</c> names it: <c>http://localhost:8080/v1#name</c>.</summary>
    public string Name => Model.Length == 0 ? Address.OriginalString : $"{Address.OriginalString}#{Model}";

    /// <summary>True when <c>--model</c> names an endpoint.</summary>
    public static bool IsEndpoint(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || model.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads <c>http://host:port/v1#name</c>.</summary>
    /// <exception cref="IngestException">It is no such address, or holds a password or a query.</exception>
    public static EndpointOptions Parse(string model) =>
        TryParse(model, out var fault) ?? throw new IngestException(IngestError.Usage, fault!);

    /// <summary>Reads <c>http://host:port/v1#name</c>; null with what is wrong where it is no such address.</summary>
    public static EndpointOptions? TryParse(string model, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(model);
        fault = null;
        if (!IsEndpoint(model) || !Uri.TryCreate(model, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.Query.Length > 0)
        {
            fault = "an endpoint is named like http://localhost:8080/v1#model-name, without password and query; its key is read from EMBED_API_KEY.";
            return null;
        }

        return new EndpointOptions
        {
            Address = new Uri(uri.GetLeftPart(UriPartial.Path).TrimEnd('/')),
            Model = Uri.UnescapeDataString(uri.Fragment.TrimStart('#')),
        };
    }

    /// <summary>The compiler's own would show the key.</summary>
    public override string ToString() => Name;
}

/// <summary>How long, how often and how much.</summary>
public sealed record EndpointLimits
{
    /// <summary>The maximum texts of a request, until the server refuses as many. Default 128.</summary>
    public int MaxItems { get; init; } = 128;

    /// <summary>The maximum characters of a request, until the server refuses as many. Default 200,000: some 50,000 tokens.</summary>
    public int MaxCharacters { get; init; } = 200_000;

    /// <summary>The maximum requests at once, of all workers. Default 8.</summary>
    public int MaxInFlight { get; init; } = 8;

    /// <summary>How long one request may take. Default 2 minutes.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Retries of one request. Default 8.</summary>
    public int MaxRetries { get; init; } = 8;

    /// <summary>The pause before the first retry; each next one is twice as long, up to <see cref="MaxRetryDelay"/>. Default 0.5 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The maximum pause before a retry. Default 30 s.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest <c>Retry-After</c> that is waited for. Default 10 minutes.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(10);
}
