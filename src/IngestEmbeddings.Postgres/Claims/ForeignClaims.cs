using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Events;
using Npgsql;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>The claims that other processes hold in a run.</summary>
internal static class ForeignClaims
{
    /// <summary>
    /// Ends the leases of processes of this machine that are gone, so that a rerun after a kill starts at once. A process
    /// of another container or machine with the same host name is told from one of this machine by its place.
    /// </summary>
    public static async Task EndOrphanedAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken)
    {
        var processes = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                KeyRangeSql.ProcessesOf, Statements.Value(runId), Statements.Value(Environment.MachineName), Statements.Value(MachineIdentity.Place)),
            static row => row.GetString(0),
            cancellationToken);
        var gone = processes.Where(static process => int.TryParse(process, CultureInfo.InvariantCulture, out var id) && !IsRunning(id)).ToArray();
        if (gone.Length > 0)
        {
            await Statements.ExecuteAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(
                    KeyRangeSql.EndLeases, Statements.Value(runId), Statements.Value(Environment.MachineName), Statements.Value(gone),
                    Statements.Value(MachineIdentity.Place)),
                cancellationToken);
        }
    }

    /// <summary>What another process holds; null when none holds anything.</summary>
    public static Task<WaitingForWorker?> DescribeAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                KeyRangeSql.LongestHeld,
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

    /// <summary>True for a process that has ended and whose parent has not waited for it, which under Linux keeps its number.</summary>
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
