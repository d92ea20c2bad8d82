using System.Data;
using IngestEmbeddings.Postgres.Faults;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>One connection that is opened again when it breaks. Calls from several threads take turns.</summary>
/// <param name="source">Opens connections.</param>
/// <param name="connection">The connection to start with; null: the first call opens one.</param>
/// <param name="patience">Which faults are waited out.</param>
internal sealed class RetryingConnection(
    ConnectionSource source, NpgsqlConnection? connection = null, Patience patience = Patience.Run) : IAsyncDisposable
{
    // How long a cancelled call may take to end. A server that is stopped answers neither a statement nor a request to cancel it.
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection = connection;
    private volatile bool _isAbandoned;

    /// <summary>Runs some work on the connection, and again after a fault that may pass.</summary>
    /// <param name="work">
    /// The work, told which try it is, from 0. It must be safe to repeat, also when an earlier try was committed and the
    /// answer lost.
    /// </param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="PostgresFault">The fault does not pass.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, int, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var running = RunInTurnAsync(work, cancellationToken);
        if (await EndsInTimeAsync(running, cancellationToken))
        {
            return await running;
        }

        // The call keeps its turn and its connection, which nothing uses again.
        _isAbandoned = true;
        _ = running.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary><see cref="RunAsync{T}"/> for work without a result.</summary>
    public Task RunAsync(Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken cancellationToken) => RunAsync(
        async (open, _, token) =>
        {
            await work(open, token);
            return true;
        },
        cancellationToken);

    /// <summary>True when a cancelled call has not ended, because the server does not answer.</summary>
    public bool IsAbandoned => _isAbandoned;

    public async ValueTask DisposeAsync()
    {
        if (_isAbandoned)
        {
            return;
        }

        await DropAsync();
        _turn.Dispose();
    }

    private static async Task<bool> EndsInTimeAsync(Task running, CancellationToken cancellationToken)
    {
        if (running.IsCompleted || !cancellationToken.CanBeCanceled)
        {
            return true;
        }

        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(() => cancelled.TrySetResult());
        return await Task.WhenAny(running, cancelled.Task) == running
            || await Task.WhenAny(running, Task.Delay(CancelGrace, CancellationToken.None)) == running;
    }

    private async Task<T> RunInTurnAsync<T>(Func<NpgsqlConnection, int, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        // The driver cancels a statement within the call that cancels the token, and waits for the server: here on a thread of its own,
        // so that one connection after the other would not be waited for.
        using var cancellation = new CancellationTokenSource();
        await using var registration = cancellationToken.UnsafeRegister(
            static state => _ = ((CancellationTokenSource)state!).CancelAsync(), cancellation);
        try
        {
            return await source.Retry.RunAsync(patience, (attempt, token) => TryAsync(work, attempt, token), cancellation.Token);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<T> TryAsync<T>(
        Func<NpgsqlConnection, int, CancellationToken, Task<T>> work, int attempt, CancellationToken cancellationToken)
    {
        try
        {
            _connection ??= await source.OpenAsync(cancellationToken);
            return await work(_connection, attempt, cancellationToken);
        }
        catch (Exception error)
        {
            var fault = Classify(error);
            await DropAsync();
            if (fault is null)
            {
                throw;
            }

            source.Heed(fault.Kind);
            throw fault;
        }
    }

    // A keepalive may find the connection broken between two statements; the driver then takes its use for a defect of ours.
    private PostgresFault? Classify(Exception error) => error is InvalidOperationException && _connection is { State: not ConnectionState.Open }
        ? new PostgresFault(FaultKind.Away, new NpgsqlException("The connection broke.", new IOException(error.Message, error)))
        : PostgresFault.TryFrom(error);

    private async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
