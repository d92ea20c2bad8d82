using System.Net;
using System.Text.Json;
using Polly.Timeout;

namespace IngestEmbeddings.Http.Endpoints;

/// <summary>A request that the server refuses for what it holds: too many texts, too long ones.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">The server's code for it, such as <c>context_length_exceeded</c>; empty when it gives none.</param>
/// <param name="detail">What the server says, which may repeat the texts.</param>
internal sealed class EndpointRefusal(HttpStatusCode status, string code, string detail)
    : Exception($"HTTP {(int)status}{(code.Length > 0 ? $", {code}" : "")}")
{
    /// <summary>What the server says. Shown for texts of the program's own alone.</summary>
    public string Detail => detail;
}

/// <summary>What an endpoint's refusals mean, in the user's words.</summary>
internal static class EndpointErrors
{
    private const int MaxDetail = 300;

    /// <summary>The server answers with a status that says no.</summary>
    public static Exception Refused(EndpointOptions options, HttpResponseMessage response, byte[] body)
    {
        var status = response.StatusCode;
        var (code, detail) = Read(body);
        return status switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity =>
                new EndpointRefusal(status, code, detail),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Configuration(options.Key is null
                ? $"{options.Address} wants a key ({(int)status}): set EMBED_API_KEY, or EMBED_API_KEY_FILE to a file that holds it."
                : $"{options.Address} refuses the key in EMBED_API_KEY ({(int)status})."),
            HttpStatusCode.NotFound => Configuration(
                $"{options.Address}/embeddings is not there, or has no model '{options.Model}'. An endpoint is named like http://localhost:8080/v1#model-name."),
            HttpStatusCode.TooManyRequests => Stopped(
                $"{options.Address} takes no more requests for now{(RetryAfter.Of(response, options.Time) is { } wait ? FormattableString.Invariant($", for {Math.Ceiling(wait.TotalMinutes)} min") : "")}."),
            _ when (int)status >= 500 => Stopped($"{options.Address} answers {(int)status} again and again."),
            _ => Configuration($"{options.Address} answers {(int)status} {response.ReasonPhrase}."),
        };
    }

    /// <summary>The server does not answer.</summary>
    public static IngestException Unreachable(EndpointOptions options, Exception fault) => Stopped(
        $"{options.Address} cannot be reached: {(fault is TimeoutRejectedException late ? FormattableString.Invariant($"no answer within {late.Timeout.TotalSeconds:0.#} s") : fault.Message.TrimEnd('.'))}.",
        fault);

    /// <summary>The server answers with something else than embeddings.</summary>
    public static IngestException Strange(EndpointOptions options, Exception fault) => Configuration(
        $"The answer of {options.Address} cannot be used: {fault.Message}. It should speak OpenAI's /v1/embeddings.", fault);

    /// <summary>The server refuses even the texts of the probe.</summary>
    public static IngestException ProbeRefused(EndpointOptions options, EndpointRefusal refusal) => Configuration(
        $"{options.Address} does not take a request for the model '{options.Model}': {refusal.Message}{(refusal.Detail.Length > 0 ? $": {refusal.Detail}" : "")}", refusal);

    private static (string Code, string Detail) Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var error = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
            return (Word(error, "code") is { Length: > 0 } code ? code : Word(error, "type"), Text(error, "message") is { Length: > 0 } message ? message : Text(root, "error"));
        }
        catch (JsonException)
        {
            return ("", "");
        }
    }

    /// <summary>A code is one word; anything longer could hold the text of a row.</summary>
    private static string Word(JsonElement element, string name) =>
        Text(element, name) is var text && text.Length <= 40 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? text : "";

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()![..Math.Min(value.GetString()!.Length, MaxDetail)]
            : "";

    private static IngestException Configuration(string message, Exception? fault = null) => new(IngestError.Configuration, message, fault);

    private static IngestException Stopped(string message, Exception? fault = null) =>
        new(IngestError.Stopped, message + " Written rows are kept; run the same command to resume.", fault);
}
