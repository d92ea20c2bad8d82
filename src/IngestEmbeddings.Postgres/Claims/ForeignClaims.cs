using System.Diagnostics;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.State;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The claims that other processes hold in a run.</summary>
internal static class ForeignClaims
{
    // Owners are host/process/number, as WorkerRegistry writes them.
    private const string LocalProcesses = """
        SELECT DISTINCT split_part(owner, '/', 2)::int
        FROM ingest_embeddings.chunk
        WHERE run_id = $1 AND state = 1 AND split_part(owner, '/', 1) = $2
        """;

    private const string EndLeases = """
        UPDATE ingest_embeddings.chunk
        SET lease_until = clock_timestamp()
        WHERE run_id = $1 AND state = 1 AND lease_until > clock_timestamp()
          AND split_part(owner, '/', 1) = $2 AND split_part(owner, '/', 2)::int = ANY($3)
        """;

    private const string LongestHeld = """
        SELECT split_part(owner, '/', 1), split_part(owner, '/', 2), extract(epoch FROM lease_until - clock_timestamp())::float8
        FROM ingest_embeddings.chunk
        WHERE run_id = $1 AND state = 1 AND lease_until > clock_timestamp() AND (split_part(owner, '/', 1) <> $2 OR split_part(owner, '/', 2)::int <> $3)
        ORDER BY lease_until DESC
        LIMIT 1
        """;

    /// <summary>
    /// Ends the leases of processes of this machine that are gone, so that a rerun after a kill begins at once. A process
    /// that only looks gone, in a container with the same host name, loses its claim and its window, and no row: the fence
    /// sees to that.
    /// </summary>
    public static async Task EndOrphanedAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        var processes = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(LocalProcesses, Statements.Value(runId), Statements.Value(Environment.MachineName)),
            static row => row.GetInt32(0),
            cancellationToken);
        var gone = processes.Where(static process => !IsRunning(process)).ToArray();
        if (gone.Length > 0)
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(
                    EndLeases, Statements.Value(runId), Statements.Value(Environment.MachineName), Statements.Value(gone)),
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
                Statements.Value(Environment.ProcessId)),
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
