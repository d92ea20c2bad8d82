using System.Data;
using IngestEmbeddings.Postgres.Faults;
using Npgsql;

namespace IngestEmbeddings.Postgres.Connections;

/// <summary>One connection that is opened anew when it breaks. Calls from several threads take turns.</summary>
internal sealed class RetryingConnection(ConnectionSource source, NpgsqlConnection? connection = null) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection? _connection = connection;

    /// <summary>Runs some work on the connection, and again after a fault that may pass.</summary>
    /// <param name="work">
    /// The work, told which try it is, from 0. It must be safe to repeat, also when an earlier try was committed and the
    /// answer lost.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, int, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await source.Retry.RunAsync((attempt, token) => TryAsync(work, attempt, token), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

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
        catch (Exception fault)
        {
            if (PostgresFaults.Classify(fault) == FaultKind.StalePlan)
            {
                source.StopPreparing();
            }

            // The pool would give the connection to the standby back, for as long as it lives.
            if (PostgresFaults.Classify(fault) == FaultKind.ReadOnly)
            {
                source.ForgetServer();
            }

            // A keepalive may find the connection broken between two statements; the driver then calls its use a mistake of ours.
            var broke = fault is InvalidOperationException && _connection is { State: not ConnectionState.Open };
            await DropAsync();
            if (broke)
            {
                throw new NpgsqlException("The connection broke.", new IOException(fault.Message, fault));
            }

            throw;
        }
    }

    private async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
