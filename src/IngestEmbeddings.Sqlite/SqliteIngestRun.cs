using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Sqlite;

/// <summary>One run over a table of the file.</summary>
internal sealed class SqliteIngestRun(
    Database database, TableLayout layout, RunRequest request, RowStatements statements, long pending) : IIngestRun
{
    private readonly Claims _claims = new();

    /// <inheritdoc/>
    public long Pending => pending;

    /// <inheritdoc/>
    public async Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken)
    {
        var connection = await database.ConnectAsync(cancellationToken);
        var reader = new RowReader(connection, layout, statements, request.Frequency);
        var writer = new RowWriter(connection, layout, statements, request);
        return new SqliteRowSession(database, connection, _claims, reader, writer);
    }

    /// <inheritdoc/>
    public async Task<RunProof> FinishAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.ReadAsync(connection, () => RowCount.Of(connection, layout, statements), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _claims.Dispose();
        if (request.Frequency)
        {
            await using var connection = await database.ConnectAsync(CancellationToken.None);
            await database.WriteAsync(
                connection, () => connection.Execute($"DROP TABLE IF EXISTS {StateTables.Frequency}"), CancellationToken.None);
        }
    }
}
