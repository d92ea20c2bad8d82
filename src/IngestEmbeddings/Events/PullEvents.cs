namespace IngestEmbeddings.Events;

/// <summary>A hub did not answer, or asked to wait, and is asked again.</summary>
/// <param name="Hub">The host.</param>
/// <param name="Status">Its HTTP status; null when it did not answer.</param>
/// <param name="Wait">The time until then.</param>
public sealed record HubRetryScheduled(string Hub, int? Status, TimeSpan Wait) : IngestEvent;

/// <summary>Another process is fetching a file of the model; it is waited for.</summary>
/// <param name="Model">The model.</param>
public sealed record PullWaiting(string Model) : IngestEvent;

/// <summary>A part of a model was received. Told a few times a second at most.</summary>
/// <param name="Model">The model.</param>
/// <param name="File">The file that is being received.</param>
/// <param name="Received">The bytes of the model that are here, those of earlier attempts included.</param>
/// <param name="Fetched">The bytes that this attempt has fetched: what a rate is counted from.</param>
/// <param name="Total">The bytes of the model.</param>
/// <param name="Elapsed">The time since this attempt began.</param>
public sealed record PullProgressed(string Model, string File, long Received, long Fetched, long Total, TimeSpan Elapsed) : IngestEvent;

/// <summary>A model is on this machine now, verified. Not told where nothing had to be fetched.</summary>
/// <param name="Model">The model.</param>
/// <param name="Fetched">The bytes that had to be fetched.</param>
/// <param name="Total">The bytes of the model.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record PullFinished(string Model, long Fetched, long Total, TimeSpan Elapsed) : IngestEvent;
