using System.Globalization;
using IngestEmbeddings.Events;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Words every event that a person should read. Progress has an observer of its own.</summary>
/// <param name="messages">Where the words go.</param>
/// <param name="hint">Writes a command as it must be typed here; null to name none.</param>
internal sealed class EventMessages(Messages messages, CommandHint? hint = null) : IIngestObserver
{
    private readonly PullView _pulls = new(messages);

    /// <inheritdoc/>
    public void Observe(IngestEvent ingestEvent)
    {
        if (ingestEvent is PullProgressed progress)
        {
            _pulls.Show(progress);
        }
        else if (TextOf(ingestEvent) is { } text)
        {
            messages.Notice(hint is not null && RemedyOf(ingestEvent) is { } remedy ? $"{text} {hint.Of(remedy)}" : text);
        }
    }

    /// <summary>The words of an event; null for one that needs none.</summary>
    private static Suggestion? RemedyOf(IngestEvent ingestEvent) => ingestEvent switch
    {
        ChangesUnnoticed unnoticed => unnoticed.Remedy,
        MetricsMixed mixed => mixed.Remedy,
        _ => null,
    };

    internal static string? TextOf(IngestEvent ingestEvent) => ingestEvent switch
    {
        WorkersReduced reduced => Invariant(
            $"Too many connections: the server accepted {reduced.Workers} of {reduced.Requested} workers. The run goes on with {reduced.Workers}."),
        LeaseLost lost => $"{lost.Reason} Its rows are left to that worker.",
        WaitingForWorker waiting => Invariant(
            $"Waiting for the last rows, which process {waiting.Process} on {waiting.Host} has claimed. If it does not renew its lease, this run takes over its rows in {waiting.LeaseLeft.TotalSeconds:0} s."),
        RetryScheduled retry => $"{retry.Server}: {retry.Fault}; {WaitText(retry.Wait)}.",
        ServerNotVerified connection =>
            $"The connection to {connection.Host} uses SSL mode {connection.SslMode}, which does not verify the server; sslmode=verify-full does.",
        SslModeRaised connection =>
            $"sslmode={connection.SslMode} is taken as require: {connection.Host} is not on this machine, and a server without TLS would get the password in clear. To allow that: sslmode=disable.",
        KeywordIgnored keyword => $"{keyword.Keyword} is ignored: {keyword.Reason}.",
        HostFromEnvFile host => $"The server is named by {host.Origin} in this folder. --no-env-file leaves that file out.",
        MetricsKeyNotUnique metrics =>
            $"{metrics.Table} has no unique key over {string.Join(", ", metrics.Columns)}, so writing to it is slow: add a primary key.",
        RowsHidden hidden => $"Row-level security hides rows of {hidden.Table} from this role; hidden rows are not done.",
        TriggersFire triggers => $"{triggers.Table} has triggers that every written row fires: {triggers.Triggers}.",
        ChangesUnnoticed unnoticed => $"Changed texts of {unnoticed.Table} are not noticed: {unnoticed.Reason}.",
        MetricsMixed mixed => $"Metrics of {mixed.Table} were made {mixed.Difference}. The two cannot be compared.",
        PruningDenied denied =>
            $"What rows of {denied.Table} that are gone have left is not removed, because this role may not. Ask the owner for: {denied.Grant}",
        UnknownVectorsMatched matched => Invariant(
            $"{matched.Table} has vectors of which nothing records the model; {matched.Rows} texts encoded again with {matched.Model} gave the same (median cosine {matched.MedianCosine:0.0000})."),
        UnknownVectorsAdopted adopted =>
            $"{adopted.Column} has vectors already, and nothing records which model made them; from now on {adopted.Model} is recorded.",
        ModelLoaded model => Invariant(
            $"{model.Model}: {model.Precision} on {model.Device}{(model.DeviceDetail.Length > 0 ? $" ({model.DeviceDetail})" : "")}, {model.Threads} threads a worker, {model.Dimension} dimensions, at most {model.MaxTokens} tokens, prefix '{model.Prefix}'."),
        PrefixIgnored prefix => $"{prefix.Model} takes no prefix: it would be the same few features in every vector.",
        BatchSizeReduced reduced => Invariant(
            $"The model failed on {reduced.Texts} texts of {reduced.SequenceLength} tokens at once and works with smaller batches, which are used from now on. It said: {reduced.Reason}"),
        HubRetryScheduled { Status: { } status } retry => Invariant($"{retry.Hub} answers {status}: trying again in {retry.Wait.TotalSeconds:0.#} s."),
        HubRetryScheduled retry => Invariant($"{retry.Hub} does not answer: trying again in {retry.Wait.TotalSeconds:0.#} s."),
        EndpointRetryScheduled { Attempt: > 1 } retry => Invariant(
            $"{retry.Model} {(retry.Status is { } status ? $"answers {status}" : "does not answer")}, attempt {retry.Attempt}: trying again in {retry.Wait.TotalSeconds:0.#} s."),
        EndpointUsed used => Invariant(
            $"{used.Model}: {used.Requests} requests, {(used.Tokens > 0 ? $"{used.Tokens} tokens" : "tokens not counted")}, {used.Retries} retries."),
        KeySentUnencrypted key => $"The key goes to {key.Host} without encryption: anyone on the way can read it. Use https where the endpoint has it.",
        PullWaiting pull => $"Another process is fetching {pull.Model}: waiting for it.",
        PullFinished pull => Invariant($"Fetched {pull.Model}: {pull.Fetched / 1e6:0.0} MB in {pull.Elapsed.TotalSeconds:0.0} s, verified."),
        IndexSlowsWrites index => Invariant(
            $"{index.Table} has the index {index.Index}, and each of {index.Pending:N0} vectors is inserted into it one by one. With --rebuild-index it is dropped and built again at the end, which is many times as fast; searches do without it until then."),
        IndexDropped index => $"Dropped the index {index.Index}; it is built again at the end of the run.",
        IndexKept index => $"The index {index.Index} is kept during the run: {index.Reason}.",
        InvalidIndexDropped index => $"Dropping {index.Index}, which a failed build has left.",
        IndexBuildStarted { Rows: { } rows } index => Invariant($"Building {index.Index} over {rows:N0} vectors."),
        IndexBuildStarted index => $"Building the index {index.Index} again.",
        IndexBuildPlanned plan when plan.GrantedBytes < plan.NeededBytes =>
            $"The index needs {Megabytes(plan.NeededBytes)} to be built in memory and gets {Megabytes(plan.GrantedBytes)}: the build takes several times as long. --memory raises the limit.",
        IndexBuildPlanned plan =>
            $"The index needs about {Megabytes(plan.NeededBytes)} to be built; maintenance_work_mem is {Megabytes(plan.GrantedBytes)} for it.",
        ParallelBuildUnsafe { Workers: > 0 } build =>
            $"pgvector {build.Version} builds in parallel because --index-workers asks for it: its parallel builds are safe from {build.SafeFrom} on.",
        ParallelBuildUnsafe build => $"pgvector {build.Version} builds on one core: parallel builds are safe from {build.SafeFrom} on.",
        IndexBuildProgressed { Total: { } total, Done: { } done } build => Invariant($"Index over {build.Index}: {build.Phase}, {100.0 * done / total:0} %"),
        IndexBuildProgressed build => $"Index over {build.Index}: {build.Phase}",
        _ => null,
    };

    private static string WaitText(RetryWait wait) => wait switch
    {
        RetryWait.Room => "the run is paused, and goes on by itself once the server has room",
        RetryWait.WritableServer => "the run is paused, and goes on by itself once a server takes writes",
        _ => "trying again",
    };

    private static string Megabytes(long bytes) => Invariant($"{Math.Max(1, bytes >> 20):N0} MB");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
