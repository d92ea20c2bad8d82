using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Changes;

/// <summary>Tells the workers of a process that the log has a note: by notification where the connection takes them, else by looking.</summary>
/// <remarks>
/// A pooler in transaction mode takes LISTEN and delivers nothing, so what arrives is tried first. Looking reads two indexes and
/// never the table; with notifications it finds what dead workers have left.
/// </remarks>
internal sealed class ChangeWatcher : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PollListening = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    // $1 the table, $2 the run.
    private const string FindWork = $"""
        SELECT EXISTS (SELECT FROM ingest_embeddings.change WHERE table_oid = $1)
            OR EXISTS (SELECT FROM ingest_embeddings.run r WHERE r.run_id = $2 AND {KeyRangeSql.AnyFree})
        """;

    private readonly ConnectionSource _source;
    private readonly RunScope _scope;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _listening;
    private TaskCompletionSource _noted = NewSignal();
    private volatile bool _isListening;

    public ChangeWatcher(ConnectionSource source, RunScope scope)
    {
        _source = source;
        _scope = scope;
        _listening = Task.Run(() => ListenAsync(_ended.Token));
    }

    /// <summary>Completes when the next note is announced.</summary>
    public Task Next => Volatile.Read(ref _noted).Task;

    /// <summary>Looks whether there is something to claim.</summary>
    public Task<bool> AnyWorkAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(FindWork, Statements.Oid(_scope.Target.Layout.Table.Oid), Statements.Value(_scope.RunId)),
        static row => row.GetBoolean(0),
        cancellationToken);

    /// <summary>Waits for a note, or until it is time to look.</summary>
    /// <param name="next"><see cref="Next"/>, read before the log was looked at.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async Task WaitAsync(Task next, CancellationToken cancellationToken)
    {
        await Task.WhenAny(next, Task.Delay(_isListening ? PollListening : Poll, _scope.Options.Clock, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _listening;
        _ended.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ListenAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenAsync(ended);
                if (!await TryListenAsync(connection, ended))
                {
                    return;
                }

                while (true)
                {
                    await connection.WaitAsync(ended);
                }
            }
            catch (Exception fault) when (fault is NpgsqlException or IOException or InvalidOperationException or Faults.PostgresFault or OperationCanceledException)
            {
                _isListening = false;
            }

            await Task.Delay(Reconnect, _scope.Options.Clock, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryListenAsync(NpgsqlConnection connection, CancellationToken ended)
    {
        connection.Notification += (_, _) => Announce();
        var channel = ChangeSql.Channel(_scope.Target.Layout.Table.Oid);
        await using (var listen = new NpgsqlCommand($"LISTEN {channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(ended);
        }

        var probed = Next;
        await using (var probe = new NpgsqlCommand($"NOTIFY {channel}", connection))
        {
            await probe.ExecuteNonQueryAsync(ended);
        }

        _isListening = probed.IsCompleted || await connection.WaitAsync(ProbeLimit, ended);
        return _isListening;
    }

    private void Announce() => Interlocked.Exchange(ref _noted, NewSignal()).TrySetResult();
}
