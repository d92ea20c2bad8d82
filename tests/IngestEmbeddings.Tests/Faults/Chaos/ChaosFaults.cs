using IngestEmbeddings.Tests.Faults.Oracle;
using IngestEmbeddings.Tests.Support;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>The faults, each waiting until there is something that it can hit.</summary>
internal sealed class ChaosFaults(PrivateCluster cluster, WatchedTable table, IReadOnlyList<ToolSlot> slots, TimeSpan lease)
{
    // How soon something is looked at again that has not happened yet.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _server = new(1, 1);

    /// <summary>kill −9 of a process that has written something, at any moment of its work.</summary>
    public async Task KillAsync(Random random, int number)
    {
        ToolSlot slot;
        ToolProcess process;
        do
        {
            (slot, process) = await WorkingAsync(random);
            await Task.Delay(random.Next(400));
        }
        while (!slot.Kill(process));
    }

    /// <summary>SIGSTOP for longer than the lease, then SIGCONT.</summary>
    public async Task PauseAsync(Random random, int number)
    {
        ToolProcess process;
        do
        {
            (_, process) = await WorkingAsync(random);
        }
        while (!process.Send(UnixSignal.Stop));

        await Task.Delay(lease + TimeSpan.FromMilliseconds(random.Next(200, 1200)));
        process.Send(UnixSignal.Continue);
    }

    /// <summary><c>pg_terminate_backend</c> of one of the tool's connections.</summary>
    public async Task TerminateAsync(Random random, int number)
    {
        const string Sql = """
            SELECT count(pg_terminate_backend(pid))::integer
            FROM (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'chaos-%' ORDER BY random() LIMIT 1) AS one
            """;
        while (true)
        {
            await Task.Delay(random.Next(1500));
            try
            {
                if (await table.ScalarAsync<int>(Sql) == 1)
                {
                    return;
                }
            }
            catch (NpgsqlException)
            {
                // The server is just being restarted.
            }
        }
    }

    /// <summary>A restart of the server: by turns in good order and by a crash.</summary>
    public async Task RestartAsync(Random random, int number)
    {
        await Task.Delay(random.Next(5_000, 15_000) / (slots.Count > 2 ? 1 : 2));
        await _server.WaitAsync();
        await cluster.RestartAsync(number % 2 == 0 ? StopMode.Immediate : StopMode.Fast);
        _server.Release();
    }

    private async Task<(ToolSlot Slot, ToolProcess Process)> WorkingAsync(Random random)
    {
        while (true)
        {
            var working = slots.Select(slot => (Slot: slot, Process: slot.Working)).Where(pair => pair.Process is not null).ToList();
            if (working.Count > 0)
            {
                var (slot, process) = working[random.Next(working.Count)];
                return (slot, process!);
            }

            await Task.Delay(Poll);
        }
    }
}
