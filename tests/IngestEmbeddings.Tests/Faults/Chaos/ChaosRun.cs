using System.Diagnostics;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Tests.Faults.Oracle;
using IngestEmbeddings.Tests.Support;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>
/// Several processes fill one table while they are killed, paused and cut off, the server is restarted, and an application works
/// with the table; then the faults end, the rest is done, and all that was ever written is audited.
/// </summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly ChaosOptions _options;
    private readonly Action<string> _say;
    private readonly PrivateCluster _cluster;
    private readonly WatchedTable _table;
    private readonly List<ToolSlot> _slots;

    private ChaosRun(ChaosOptions options, Action<string> say, PrivateCluster cluster)
    {
        _options = options;
        _say = say;
        _cluster = cluster;
        var database = cluster.Connection("postgres");
        _table = new WatchedTable(database.ConnectionString, options.Into, options.KeepsVectors);
        _slots = [.. Enumerable.Range(1, options.Processes).Select(number => new ToolSlot(number, database, options.Without, Lease, options.Sleep))];
    }

    /// <summary>Runs it all.</summary>
    public static async Task<ChaosReport> RunAsync(ChaosOptions options, Action<string> say)
    {
        say($"seed={options.Seed}");
        await using var cluster = await PrivateCluster.StartAsync(fsync: true, "max_connections=100", "max_wal_size=2GB");
        await using var chaos = new ChaosRun(options, say, cluster);
        return await chaos.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var slot in _slots)
        {
            await slot.DisposeAsync();
        }
    }

    private async Task<ChaosReport> RunAsync()
    {
        var clock = Stopwatch.StartNew();
        await _table.CreateAsync(_options.Rows);
        await using (var connection = await _table.ConnectAsync())
        {
            await StateSchema.EnsureAsync(connection, CancellationToken.None);
        }

        await _table.WatchRangesAsync();
        foreach (var slot in _slots)
        {
            slot.Start();
        }

        using var stop = new CancellationTokenSource();
        var toucher = new Toucher(_table, _options);
        var touching = _options.Touch == 0 ? Task.CompletedTask : Task.Run(() => toucher.RunAsync(stop.Token));
        await WithTrafficAsync(InjectAsync);
        _say($"faults done after {clock.Elapsed.TotalSeconds:0} s");
        await Task.WhenAll(_slots.Select(slot => slot.StopAsync()));

        // What is left is done by all together; that each ends with 0 is the program's own proof that nothing is.
        var last = await Task.WhenAll(_slots.Select(slot => slot.FinishAsync()));
        await stop.CancelAsync();
        await touching;
        if (_options.Touch > 0)
        {
            _say($"touched={toucher.Statements * _options.Touch}");
        }

        var surprises = _slots.SelectMany(slot => slot.Surprises)
            .Concat(last.Where(result => result.ExitCode != 0).Select(result => $"a last run ended with {result.ExitCode}: {result.Errors}"))
            .ToList();

        return new ChaosReport(await Audit.OfAsync(_table), surprises, clock.Elapsed);
    }

    private async Task WithTrafficAsync(Func<Task> work)
    {
        using var stop = new CancellationTokenSource();
        var traffic = Task.Run(() => new Traffic(_table, _options, new Random(_options.Seed)).RunAsync(stop.Token));
        await work();
        await stop.CancelAsync();
        await traffic;
    }

    private Task InjectAsync()
    {
        var faults = new ChaosFaults(_cluster, _table, _slots, Lease);
        return Task.WhenAll(
            RepeatAsync((_options.Kills + 1) / 2, 1, faults.KillAsync),
            RepeatAsync(_options.Kills / 2, 6, faults.KillAsync),
            RepeatAsync(_options.Terminates, 2, faults.TerminateAsync),
            RepeatAsync((_options.Pauses + 1) / 2, 3, faults.PauseAsync),
            RepeatAsync(_options.Pauses / 2, 4, faults.PauseAsync),
            RepeatAsync(_options.Restarts, 5, faults.RestartAsync));
    }

    private async Task RepeatAsync(int times, int offset, Func<Random, int, Task> fault)
    {
        var random = new Random(_options.Seed + offset);
        for (var number = 0; number < times; number++)
        {
            await fault(random, number);
            if (times >= 50 && (number + 1) % 50 == 0)
            {
                _say($"{fault.Method.Name.Replace("Async", "", StringComparison.Ordinal).ToLowerInvariant()}s: {number + 1} of {times}");
            }
        }
    }
}

/// <summary>How the chaos ended.</summary>
/// <param name="Audit">What was written.</param>
/// <param name="Surprises">Processes that ended in a way that no fault explains.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record ChaosReport(Audit Audit, IReadOnlyList<string> Surprises, TimeSpan Elapsed);
