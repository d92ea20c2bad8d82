using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>A table of the file, its columns found.</summary>
internal sealed class SqliteIngestTable(Database database, TableLayout layout, TableDescription description) : IIngestTable
{
    /// <inheritdoc/>
    public TableDescription Description => description;

    /// <inheritdoc/>
    public IVectorIndexing? Indexing => null;

    /// <inheritdoc/>
    public async Task<long> CountPendingAsync(IngestWork work, CancellationToken cancellationToken)
    {
        var metricsOnly = work is MeasureWork;
        await using var connection = await database.ConnectAsync(cancellationToken);
        var statements = new RowStatements(layout, metricsOnly);
        var proof = await database.ReadAsync(connection, () => RowCount.Of(connection, layout, statements), cancellationToken);
        return proof.Pending;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> SampleAsync(int rows, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.ReadAsync(connection, () => SampleTexts.Read(connection, layout, rows), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IScratchTable> CreateScratchAsync(ScratchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await SqliteScratchTable.CreateAsync(database, layout, description, request.Rows, request.KeepVectors, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<TableStatus> ReadStatusAsync(int failedRows, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        var statements = new RowStatements(layout, metricsOnly: false, frequency: false);
        return await database.ReadAsync(
            connection,
            () =>
            {
                var count = RowCount.Of(connection, layout, statements);
                var failed = connection.Query(
                    $"SELECT shown, stage, reason FROM {StateTables.Dead} WHERE \"table\" = @table ORDER BY at, key LIMIT @rows",
                    static reader => new FailedRow(reader.GetString(0), reader.GetString(1), reader.GetString(2)),
                    ("@table", layout.Table),
                    ("@rows", failedRows));
                return new TableStatus { Pending = count.Pending, Failed = count.Failed, FailedRows = failed };
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IIngestRun> StartRunAsync(RunRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Work is EmbedWork { Replace: true })
        {
            throw new IngestException(
                IngestError.Configuration,
                "Vectors are replaced row by row in PostgreSQL only. Load the table into another file: ingest-embeddings load --store sqlite:FILE");
        }

        var statements = RowStatements.For(layout, request);
        var connection = await database.ConnectAsync(cancellationToken);
        try
        {
            var count = await database.WriteAsync(connection, () => Begin(connection, statements, request), cancellationToken);
            return new SqliteIngestRun(database, layout, request, statements, connection, count.Pending);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private RunProof Begin(SqliteConnection connection, RowStatements statements, RunRequest request)
    {
        if (request.Work.Encoder is { } encoder)
        {
            VectorSpace.Claim(connection, layout, encoder, request.Observer);
        }

        if (request.RetryFailed)
        {
            connection.Execute($"DELETE FROM {StateTables.Dead} WHERE \"table\" = @table", ("@table", layout.Table));
        }

        if (request.Frequency)
        {
            connection.Execute(statements.CountTexts);
        }

        return RowCount.Of(connection, layout, statements);
    }
}
