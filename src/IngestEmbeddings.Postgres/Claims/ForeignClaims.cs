using System.Diagnostics;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.State;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The claims that other processes hold in a run.</summary>
internal static class ForeignClaims
{
    // Owners are host/process/number/place, as WorkerRegistry writes them. Those of former versions have no place: their process ids
    // may mean processes elsewhere, so their leases run out by themselves.
    private const string LocalProcesses = """
        SELECT DISTINCT split_part(owner, '/', 2)::int
        FROM ingest_embeddings.chunk
        WHERE run_id = $1 AND state = 1 AND split_part(owner, '/', 1) = $2 AND split_part(owner, '/', 4) = $3
        """;

    private const string EndLeases = """
        UPDATE ingest_embeddings.chunk
        SET lease_until = clock_timestamp()
        WHERE run_id = $1 AND state = 1 AND lease_until > clock_timestamp()
          AND split_part(owner, '/', 1) = $2 AND split_part(owner, '/', 2)::int = ANY($3)
          AND split_part(owner, '/', 4) = $4
        """;

    private const string LongestHeld = """
        SELECT split_part(owner, '/', 1), split_part(owner, '/', 2), extract(epoch FROM lease_until - clock_timestamp())::float8
        FROM ingest_embeddings.chunk
        WHERE run_id = $1 AND state = 1 AND lease_until > clock_timestamp()
          AND (split_part(owner, '/', 1) <> $2 OR split_part(owner, '/', 2)::int <> $3 OR split_part(owner, '/', 4) <> $4)
        ORDER BY lease_until DESC
        LIMIT 1
        """;

    /// <summary>
    /// Ends the leases of processes of this machine that are gone, so that a rerun after a kill begins at once. A process
    /// of another container or machine with the same host name is told from one of this machine by its place.
    /// </summary>
    public static async Task EndOrphanedAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        var processes = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                LocalProcesses, Statements.Value(runId), Statements.Value(Environment.MachineName), Statements.Value(MachineIdentity.Place)),
            static row => row.GetInt32(0),
            cancellationToken);
        var gone = processes.Where(static process => !IsRunning(process)).ToArray();
        if (gone.Length > 0)
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(
                    EndLeases, Statements.Value(runId), Statements.Value(Environment.MachineName), Statements.Value(gone),
                    Statements.Value(MachineIdentity.Place)),
                cancellationToken);
        }
    }

    /// <summary>What another process holds, fit to be shown; null when none holds anything.</summary>
    public static Task<WaitingForWorker?> DescribeAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                LongestHeld,
                Statements.Value(runId),
                Statements.Value(Environment.MachineName),
                Statements.Value(Environment.ProcessId),
                Statements.Value(MachineIdentity.Place)),
            static row => (WaitingForWorker?)new WaitingForWorker(
                row.GetString(0), row.GetString(1), TimeSpan.FromSeconds(Math.Max(0, Math.Ceiling(row.GetDouble(2))))),
            cancellationToken);

    /// <summary>True for a process of this machine that has not ended.</summary>
    internal static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
        }
        catch (ArgumentException)
        {
            return false;
        }

        return !IsZombie(process);
    }

    /// <summary>True for a process that has ended and whose parent has not asked how, which under Linux still has its number.</summary>
    private static bool IsZombie(int process)
    {
        try
        {
            // "pid (name) state …"; the name may hold any character, so the state is what follows the last parenthesis.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat.AsSpan(stat.LastIndexOf(')') + 1).TrimStart() is ['Z' or 'X', ..];
        }
        catch (IOException)
        {
            return false;
        }
    }
}
