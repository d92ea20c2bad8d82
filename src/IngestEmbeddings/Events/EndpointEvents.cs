namespace IngestEmbeddings.Events;

/// <summary>An endpoint did not answer, failed, or asked to wait; the request is sent again.</summary>
/// <param name="Model">The endpoint as the user named it.</param>
/// <param name="Status">Its HTTP status; null when it did not answer.</param>
/// <param name="Attempt">How often this request is repeated by now.</param>
/// <param name="Wait">The time until then.</param>
public sealed record EndpointRetryScheduled(string Model, int? Status, int Attempt, TimeSpan Wait) : IngestEvent;

/// <summary>What an endpoint was used for, told at the end.</summary>
/// <param name="Model">The endpoint as the user named it.</param>
/// <param name="Requests">The requests that were sent, retries included.</param>
/// <param name="Tokens">The tokens that the server counted; 0 when it counts none.</param>
/// <param name="Retries">The requests among them that repeated an earlier one.</param>
public sealed record EndpointUsed(string Model, long Requests, long Tokens, long Retries) : IngestEvent;

/// <summary>The key of an endpoint goes over the network without encryption.</summary>
/// <param name="Host">The host.</param>
public sealed record KeySentUnencrypted(string Host) : IngestEvent;
