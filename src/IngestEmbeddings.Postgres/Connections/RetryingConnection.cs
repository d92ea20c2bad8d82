using System.Data;
using IngestEmbeddings.Postgres.Faults;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>One connection that is opened again when it breaks. Calls from several threads take turns.</summary>
internal sealed class RetryingConnection(ConnectionSource source, NpgsqlConnection? connection = null) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection = connection;

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
        try
        {
            return await source.Retry.RunAsync(Patience.Run, (attempt, token) => TryAsync(work, attempt, token), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary><see cref="RunAsync{T}"/> for work without a result.</summary>
    public Task RunAsync(Func<NpgsqlConnection, CancellationToken, Task> work, CancellationToken cancellationToken) => RunAsync(
        async (open, _, token) =>
        {
            await work(open, token);
            return true;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        _turn.Dispose();
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
