using System.Reflection;
using IngestEmbeddings.Postgres.Claims;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Records which workers a run has. For people to read: the protocol does not depend on it.</summary>
internal sealed class WorkerRegistry(Guid runId, int number)
{
    private const string Insert = """
        INSERT INTO ingest_embeddings.worker (run_id, worker_id, host, pid, number, version)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (worker_id) DO NOTHING
        """;

    private const string Update = """
        UPDATE ingest_embeddings.worker SET last_seen = now(), rows_written = $2 WHERE worker_id = $1
        """;

    private const string Delete = "DELETE FROM ingest_embeddings.worker WHERE worker_id = $1";

    private readonly Guid _workerId = Guid.NewGuid();

    /// <summary>The worker as key ranges name their owner: host, process, number, and where the process id holds.</summary>
    public string Name { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{number}/{MachineIdentity.Place}";

    /// <summary>Rows written so far.</summary>
    public long RowsWritten { get; set; }

    public Task<int> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = typeof(WorkerRegistry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
        var command = Statements.Command(
            Insert,
            Statements.Value(runId),
            Statements.Value(_workerId),
            Statements.Value(Environment.MachineName),
            Statements.Value(Environment.ProcessId),
            Statements.Value(number),
            Statements.Value(version?.InformationalVersion ?? "unknown"));
        return Statements.ExecuteAsync(connection, LocalSettings.Short, command, cancellationToken);
    }

    public Task<int> LeaveAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ExecuteAsync(
        connection, LocalSettings.Short, Statements.Command(Delete, Statements.Value(_workerId)), cancellationToken);

    public Task<int> ReportAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ExecuteAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(Update, Statements.Value(_workerId), Statements.Value(RowsWritten)),
        cancellationToken);
}
