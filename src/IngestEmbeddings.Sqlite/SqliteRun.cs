using IngestEmbeddings.Rows;
using IngestEmbeddings.Sqlite.Claims;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Reading;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Sqlite.Writing;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>One run over a table of the file.</summary>
/// <remarks>
/// All sessions write on one connection, one at a time: SQLite allows one writer anyway, and a connection drops its page cache
/// when another one has written. Each session reads on its own connection.
/// </remarks>
internal sealed class SqliteRun : IIngestRun
{
    private static readonly TimeSpan PruneInterval = TimeSpan.FromSeconds(10);

    private readonly Database _database;
    private readonly SqliteConnection _connection;
    private readonly RowSql _row;
    private readonly RunRequest _request;
    private readonly BatchWriter _writer;
    private long? _prunedAt;

    /// <summary>Begins a run.</summary>
    /// <param name="database">The file.</param>
    /// <param name="connection">What is written on; belongs to the run from now on.</param>
    /// <param name="row">The rows of the table.</param>
    /// <param name="request">What is to be done.</param>
    /// <param name="pending">Rows to do.</param>
    public SqliteRun(Database database, SqliteConnection connection, RowSql row, RunRequest request, long pending)
    {
        _database = database;
        _connection = connection;
        _row = row;
        _request = request;
        _writer = new BatchWriter(database, connection, row, request);
        Claims = new WindowClaims(request.Watch);
        Pending = pending;
    }

    /// <inheritdoc/>
    public long Pending { get; }

    /// <summary>Which session reads and writes which rows.</summary>
    internal WindowClaims Claims { get; }

    /// <summary>True when the run waits for changes, and has no end.</summary>
    internal bool Watches => _request.Watch;

    /// <inheritdoc/>
    public Task<long> CountPendingAsync(CancellationToken cancellationToken) => Task.FromResult(Pending);

    /// <inheritdoc/>
    public async Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken)
    {
        var connection = await _database.ConnectAsync(cancellationToken);
        return new SqliteSession(this, connection, new WindowReader(connection, _row, _request));
    }

    /// <inheritdoc/>
    public async Task<RunProof> FinishAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        var count = await _database.ReadAsync(connection, () => RowCounts.Of(connection, _row, _request.Work), cancellationToken);
        var pruned = count.Gone > 0
            ? await _database.WriteAsync(connection, () => RowPruner.Prune(connection, _row), cancellationToken)
            : null;
        if (_request.Work is MeasureWork { Recompute: true } && count.Pending == 0)
        {
            await _database.WriteAsync(connection, () => Recomputing.End(connection, _row.Layout), cancellationToken);
        }

        return new RunProof(count.Pending, count.Failed) { Pruned = pruned };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Claims.Dispose();
        _writer.Dispose();
        await _database.WriteAsync(_connection, () => ActiveRun.End(_connection, _row.Layout), CancellationToken.None);
        if (_request.Frequency)
        {
            await _database.WriteAsync(_connection, () => FrequencyTable.Drop(_connection), CancellationToken.None);
        }

        await _connection.DisposeAsync();
    }

    /// <summary>Removes what rows that are gone have left, at most now and then: it reads all metrics.</summary>
    /// <returns>False where the last time was too short ago.</returns>
    internal async Task<bool> PruneNowAndThenAsync(CancellationToken cancellationToken)
    {
        if (_prunedAt is { } at && TimeProvider.System.GetElapsedTime(at) < PruneInterval)
        {
            return false;
        }

        _prunedAt = TimeProvider.System.GetTimestamp();
        await _database.WriteAsync(_connection, () => RowPruner.Prune(_connection, _row), cancellationToken);
        return true;
    }

    /// <summary>Runs statements that only read.</summary>
    internal Task<T> ReadAsync<T>(SqliteConnection connection, Func<T> work, CancellationToken cancellationToken) =>
        _database.ReadAsync(connection, work, cancellationToken);

    /// <summary>Writes a batch.</summary>
    /// <returns>How many of its rows were still as they were read, and so were written; and which ones the database refused.</returns>
    internal async Task<WriteResult> WriteAsync(RowBatch batch, CancellationToken cancellationToken)
    {
        var refused = new List<RowFailure>();
        return new WriteResult(await _writer.WriteAsync(batch, refused, cancellationToken), refused);
    }
}
