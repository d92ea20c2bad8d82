using System.Net;

namespace IngestEmbeddings.Http;

/// <summary>Follows redirects, and takes the user's secret off a request that leaves the host it was meant for.</summary>
/// <param name="inner">Sends a request; it must not follow redirects itself.</param>
/// <param name="maxRedirects">The maximum redirects of one request.</param>
/// <remarks>HttpClient's own redirects drop <c>Authorization</c> too, but follow to another port of a host with it.</remarks>
internal sealed class RedirectHandler(HttpMessageHandler inner, int maxRedirects) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // The request itself stays as it is: a retry sends it again.
        var hop = request;
        for (var redirects = 0; ; redirects++)
        {
            var response = await base.SendAsync(hop, cancellationToken);
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
            {
                return response;
            }

            response.Dispose();
            if (request.Method != HttpMethod.Get)
            {
                throw new IngestException(
                    IngestError.Configuration, $"{request.RequestUri} answers with a redirect to {location}. Give that address instead.");
            }

            var target = new Uri(hop.RequestUri!, location);
            if (!SafeUri.IsSafe(target))
            {
                throw new IngestException(
                    IngestError.Configuration, $"{hop.RequestUri!.Host} redirects to {target.Scheme}://{target.Host}, which is not https: nothing was fetched.");
            }

            if (redirects == maxRedirects)
            {
                throw new IngestException(
                    IngestError.Configuration, $"{request.RequestUri!.Host} redirects more than {maxRedirects} times: nothing was fetched.");
            }

            hop = Redirected(hop, target);
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => status
        is HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static HttpRequestMessage Redirected(HttpRequestMessage request, Uri target)
    {
        var redirected = new HttpRequestMessage(HttpMethod.Get, target) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, values) in request.Headers)
        {
            redirected.Headers.TryAddWithoutValidation(name, values);
        }

        if (!SafeUri.SameOrigin(request.RequestUri!, target))
        {
            redirected.Headers.Authorization = null;
            redirected.Headers.Remove("Cookie");
        }

        return redirected;
    }
}
