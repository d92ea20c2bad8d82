namespace IngestEmbeddings.Http;

/// <summary>Reads the header <c>Retry-After</c> (RFC 9110, 10.2.3).</summary>
internal static class RetryAfter
{
    /// <summary>How long the server asks to wait; null when it does not say.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow(),
        _ => null,
    };
}
