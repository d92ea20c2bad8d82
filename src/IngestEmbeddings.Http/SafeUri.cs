namespace IngestEmbeddings.Http;

/// <summary>Which addresses may be asked.</summary>
internal static class SafeUri
{
    /// <summary>True for https, and for http of this machine, where nothing can be read on the way.</summary>
    public static bool IsSafe(Uri uri) =>
        uri.IsAbsoluteUri && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    /// <summary>True when both have the same scheme, host and port, so that a secret for one may be sent to the other.</summary>
    public static bool SameOrigin(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);
}
