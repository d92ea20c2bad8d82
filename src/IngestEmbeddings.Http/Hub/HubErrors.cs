using System.Net;
using System.Security.Authentication;
using IngestEmbeddings.Encoding;
using Polly.Timeout;

namespace IngestEmbeddings.Http.Hub;

/// <summary>What a hub's refusals mean, in the user's words, with the way out.</summary>
internal static class HubErrors
{
    /// <summary>The ways that need no hub.</summary>
    private const string OtherWays =
        "Use --model all-MiniLM-L6-v2 (English), which comes with the program, or give --model the path of a model folder that was copied here; HF_ENDPOINT names another hub.";

    /// <summary>The hub answers with a status that says no.</summary>
    public static IngestException Refused(ModelId id, HubOptions options, HttpResponseMessage response)
    {
        var hub = options.Endpoint.OriginalString;
        var code = response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.FirstOrDefault() : null;
        return Configuration((response.StatusCode, code) switch
        {
            (_, "GatedRepo") or (HttpStatusCode.Forbidden, _) => options.Token is null
                ? $"{id.Repository} is given out to users who accepted its terms. Accept them at {hub}/{id.Repository}, and set HF_TOKEN to a token of that account."
                : $"{hub} does not give {id.Repository} to the account of HF_TOKEN. Accept the model's terms at {hub}/{id.Repository} with that account, or use a token that may read it.",
            (HttpStatusCode.Unauthorized, _) => options.Token is null
                ? $"{id.Repository} is no folder here, and no public model on {hub}. Check the spelling; for a private model set HF_TOKEN."
                : $"{hub} refuses the token in HF_TOKEN for {id.Repository}. Check the spelling of the model, and make a new token at {hub}/settings/tokens.",
            (HttpStatusCode.NotFound, "RevisionNotFound") => $"{id.Repository} has no revision '{id.Revision}'. Its branches and tags: {hub}/{id.Repository}/tree/main",
            (HttpStatusCode.NotFound, _) => id.Revision == ModelId.DefaultRevision
                ? $"{id.Repository} is no folder here, and no model on {hub}. Check the spelling: {hub}/models?search={Uri.EscapeDataString(id.Repository.Split('/')[^1])}"
                : $"There is no model {id.Repository} on {hub}, or it has no revision '{id.Revision}'. Check the spelling: {hub}/{id.Repository}/tree/main",
            (HttpStatusCode.TooManyRequests, _) => RetryAfter.Of(response, options.Time) is { } wait
                ? FormattableString.Invariant($"{hub} takes no more requests for {Math.Ceiling(wait.TotalMinutes)} min. Run the same command after that; what was received is kept.")
                    + (options.Token is null ? " With HF_TOKEN set, the limit is higher." : "")
                : $"{hub} takes no more requests for now. Run the same command later; what was received is kept.",
            _ => $"{hub} answers {(int)response.StatusCode} {response.ReasonPhrase} to a request for {id}. Run the same command later; what was received is kept. {OtherWays}",
        });
    }

    /// <summary>The hub cannot be reached.</summary>
    public static IngestException Unreachable(ModelId id, HubOptions options, Exception fault) => Configuration(
        $"{id} is not on this machine, and {options.Endpoint.OriginalString} cannot be reached: {Reason(fault)}. {OtherWays} A proxy is read from HTTPS_PROXY.",
        fault);

    /// <summary>Fetching is switched off.</summary>
    public static IngestException Offline(ModelId id) => Configuration(
        $"{id} is not on this machine, and HF_HUB_OFFLINE forbids fetching it. Unset it, or: {OtherWays}");

    /// <summary>The hub answers with something that cannot be used.</summary>
    public static IngestException Strange(ModelId id, HubOptions options, string what, Exception? fault = null) => Configuration(
        $"The answer of {options.Endpoint.OriginalString} for {id} {what}. Is HF_ENDPOINT a hub of Hugging Face's kind, and no proxy's page in between?", fault);

    /// <summary>A file broke off too often.</summary>
    public static IngestException BrokenOff(ModelId id, HubFile file, long received, Exception fault) => Configuration(
        FormattableString.Invariant($"{file.Path} of {id} broke off again and again ({Reason(fault)}); {received} of {file.Size} bytes are kept. Run the same command to go on."), fault);

    /// <summary>A file is not what the list says.</summary>
    public static IngestException Damaged(ModelId id, HubFile file, string what) => Configuration(
        $"{file.Path} of {id} {what}: it was damaged or changed on the way, and is not kept. Run the same command later, or check what stands between this machine and the hub.");

    private static string Reason(Exception fault) => fault switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name cannot be resolved",
        HttpRequestException { InnerException: AuthenticationException inner } =>
            $"its certificate is not trusted ({inner.Message.TrimEnd('.')}; a certificate of your own is read from SSL_CERT_FILE)",
        TimeoutRejectedException rejected => FormattableString.Invariant($"it did not answer within {rejected.Timeout.TotalSeconds:0.#} s"),
        _ => fault.Message.TrimEnd('.'),
    };

    private static IngestException Configuration(string message, Exception? fault = null) =>
        new(IngestError.Configuration, message, fault);
}
