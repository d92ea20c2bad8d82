namespace IngestEmbeddings.Events;

/// <summary>A table cannot tell that a text has changed since its vector was made.</summary>
/// <param name="Table">The table.</param>
/// <param name="Reason">What it lacks.</param>
/// <param name="Remedy">The command that gives it to the table.</param>
public sealed record ChangesUnnoticed(string Table, string Reason, Suggestion Remedy) : IngestEvent
{
    /// <summary>A column of vectors without metrics, which would have the hash of each text.</summary>
    /// <param name="table">The table.</param>
    /// <param name="requested">The table as the user named it.</param>
    public static ChangesUnnoticed WithoutMetrics(string table, string requested) => new(
        table,
        "--metrics none keeps no hash of the texts",
        new Suggestion("To keep one, next to metrics, and then run without --metrics none", "init", requested, "--metrics", "all"));
}

/// <summary>A run makes metrics in another way than those that are there.</summary>
/// <param name="Table">The metrics table.</param>
/// <param name="Difference">What differs, beginning with <c>with</c>.</param>
/// <param name="Remedy">The command that makes all metrics alike.</param>
public sealed record MetricsMixed(string Table, string Difference, Suggestion Remedy) : IngestEvent;

/// <summary>The role may not remove what rows that are gone have left behind.</summary>
/// <param name="Table">The table that something should be removed from.</param>
/// <param name="Grant">The statement that grants what is missing.</param>
public sealed record PruningDenied(string Table, string Grant) : IngestEvent;

/// <summary>A fault of the server or the connection may pass: the store tries again.</summary>
/// <param name="Server">What kind of server, such as <c>PostgreSQL</c>.</param>
/// <param name="Fault">What happened, in a few words.</param>
/// <param name="Wait">What the store waits for.</param>
public sealed record RetryScheduled(string Server, string Fault, RetryWait Wait) : IngestEvent;

/// <summary>What a store waits for before it tries again.</summary>
public enum RetryWait
{
    /// <summary>A short delay: the connection, a lock or the server itself comes back.</summary>
    Delay,

    /// <summary>Room on the server's disk or in its memory.</summary>
    Room,

    /// <summary>A server that takes writes.</summary>
    WritableServer,
}

/// <summary>The run waits for the last rows, which a worker of another process has claimed. Told once.</summary>
/// <param name="Host">The machine of that process.</param>
/// <param name="Process">Its process id.</param>
/// <param name="LeaseLeft">After this time, unless the lease is renewed, this run takes the rows over.</param>
public sealed record WaitingForWorker(string Host, string Process, TimeSpan LeaseLeft) : IngestEvent;

/// <summary>The connection leaves this machine and nothing verifies the server's identity.</summary>
/// <param name="Host">The server.</param>
/// <param name="SslMode">The SSL mode that was asked for.</param>
public sealed record ServerNotVerified(string Host, string SslMode) : IngestEvent;

/// <summary>A weak SSL mode is taken as <c>require</c>: the server is not on this machine.</summary>
/// <param name="Host">The server.</param>
/// <param name="SslMode">The mode that was asked for.</param>
public sealed record SslModeRaised(string Host, string SslMode) : IngestEvent;

/// <summary>A keyword of the connection has no effect here, and none is missed.</summary>
/// <param name="Keyword">The keyword, as libpq spells it.</param>
/// <param name="Reason">Why.</param>
public sealed record KeywordIgnored(string Keyword, string Reason) : IngestEvent;

/// <summary>The server was named by a file of variables in the working directory, not by the user.</summary>
/// <param name="Origin">The variable, and where it stands.</param>
public sealed record HostFromEnvFile(string Origin) : IngestEvent;

/// <summary>The metrics table has no unique key, so two processes may both insert metrics of a row.</summary>
/// <param name="Table">The metrics table.</param>
/// <param name="Columns">The columns of its key.</param>
public sealed record MetricsKeyNotUnique(string Table, IReadOnlyList<string> Columns) : IngestEvent;

/// <summary>Row-level security hides rows of the table from this role; hidden rows are not done.</summary>
/// <param name="Table">The table.</param>
public sealed record RowsHidden(string Table) : IngestEvent;

/// <summary>The table has triggers that every written row fires.</summary>
/// <param name="Table">The table.</param>
/// <param name="Triggers">The triggers.</param>
public sealed record TriggersFire(string Table, string Triggers) : IngestEvent;

/// <summary>Vectors of which nothing was recorded are those of the model: some texts were encoded again and compared.</summary>
/// <param name="Table">The table.</param>
/// <param name="Model">The model.</param>
/// <param name="Rows">How many texts.</param>
/// <param name="LeastCosine">The smallest cosine.</param>
/// <param name="MedianCosine">The median.</param>
public sealed record UnknownVectorsMatched(string Table, string Model, int Rows, double LeastCosine, double MedianCosine) : IngestEvent;

/// <summary>The column has vectors, and nothing records which model made them.</summary>
/// <param name="Column">The column.</param>
/// <param name="Model">The model that is recorded from now on.</param>
public sealed record UnknownVectorsAdopted(string Column, string Model) : IngestEvent;
