using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>One run over a table of the file.</summary>
/// <remarks>
/// All sessions write on one connection, in turns: SQLite takes one writer at a time in any case, and a connection throws its
/// pages away when another one has written. They read on connections of their own.
/// </remarks>
internal sealed class SqliteIngestRun : IIngestRun
{
    private readonly Database _database;
    private readonly TableLayout _layout;
    private readonly RunRequest _request;
    private readonly RowStatements _statements;
    private readonly SqliteConnection _connection;
    private readonly RowWriter _writer;
    private readonly Claims _claims = new();

    /// <summary>Begins a run.</summary>
    /// <param name="database">The file.</param>
    /// <param name="layout">The table.</param>
    /// <param name="request">What is to be done.</param>
    /// <param name="statements">The statements for it.</param>
    /// <param name="connection">What is written on; belongs to the run from now on.</param>
    /// <param name="pending">Rows to do.</param>
    public SqliteIngestRun(
        Database database, TableLayout layout, RunRequest request, RowStatements statements, SqliteConnection connection, long pending)
    {
        _database = database;
        _layout = layout;
        _request = request;
        _statements = statements;
        _connection = connection;
        _writer = new RowWriter(connection, layout, statements, request);
        Pending = pending;
    }

    /// <inheritdoc/>
    public long Pending { get; }

    /// <inheritdoc/>
    public Task<long> CountPendingAsync(CancellationToken cancellationToken) => Task.FromResult(Pending);

    /// <inheritdoc/>
    public async Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken)
    {
        var connection = await _database.ConnectAsync(cancellationToken);
        return new SqliteRowSession(this, connection, new RowReader(connection, _layout, _statements, _request.Frequency));
    }

    /// <inheritdoc/>
    public async Task<RunProof> FinishAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.ConnectAsync(cancellationToken);
        return await _database.ReadAsync(connection, () => RowCount.Of(connection, _layout, _statements), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _claims.Dispose();
        _writer.Dispose();
        if (_request.Frequency)
        {
            await _database.WriteAsync(
                _connection, () => _connection.Execute($"DROP TABLE IF EXISTS {StateTables.Frequency}"), CancellationToken.None);
        }

        await _connection.DisposeAsync();
    }

    /// <summary>Which session reads and writes which rows.</summary>
    internal Claims Claims => _claims;

    /// <summary>Runs statements that only read.</summary>
    internal Task<T> ReadAsync<T>(SqliteConnection connection, Func<T> work, CancellationToken cancellationToken) =>
        _database.ReadAsync(connection, work, cancellationToken);

    /// <summary>Writes a batch when its turn comes.</summary>
    /// <returns>How many of its rows were still as they were read, and so were written.</returns>
    internal Task<int> WriteAsync(SqliteRowWindow window, RowBatch batch, CancellationToken cancellationToken) =>
        _database.WriteAsync(_connection, () => _writer.Write(window, batch), cancellationToken);
}
