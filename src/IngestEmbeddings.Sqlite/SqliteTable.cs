using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Planning;
using IngestEmbeddings.Sqlite.Reading;
using IngestEmbeddings.Sqlite.Scratch;
using IngestEmbeddings.Sqlite.Searching;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Sqlite.Verifying;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>A table of the file, its columns found.</summary>
internal sealed class SqliteTable(Database database, TableLayout layout, TableDescription description) : IIngestTable
{
    /// <inheritdoc/>
    public TableDescription Description => description;

    /// <inheritdoc/>
    public IVectorIndexing? Indexing => null;

    /// <inheritdoc/>
    public IRowSearch Search => new RowSearch(database, layout, description.Dimension);

    /// <inheritdoc/>
    public ITableAudit Audit => new TableAudit(database, layout);

    /// <inheritdoc/>
    public async Task<long> CountPendingAsync(IngestWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return (await ReadAsync(connection => RowCounts.Of(connection, new RowSql(layout), work), cancellationToken)).Pending;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> SampleAsync(int rows, CancellationToken cancellationToken) =>
        ReadAsync(connection => SampleTexts.Read(connection, layout, rows), cancellationToken);

    /// <inheritdoc/>
    public async Task<IScratchTable> CreateScratchAsync(ScratchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await SqliteScratchTable.CreateAsync(
            database, layout, request, copy => new SqliteTable(copy, layout, description), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<TableStatus> ReadStatusAsync(int failedRows, bool mayEstimate, CancellationToken cancellationToken) =>
        ReadAsync(connection => StatusReader.Read(connection, layout, failedRows), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<VectorOrigin>> ReadOriginsAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => SpaceRegistry.Origins(connection, layout), cancellationToken);

    /// <inheritdoc/>
    public Task<TablePlan> ReadPlanAsync(PlanRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ReadAsync(connection => PlanReader.Read(connection, new RowSql(layout), request), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<PruneReport> PruneAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.WriteAsync(connection, () => RowPruner.Prune(connection, new RowSql(layout)), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task KeepReceiptAsync(string receipt, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        await database.WriteAsync(connection, () => ReceiptBook.Keep(connection, layout, receipt), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadReceiptsAsync(CancellationToken cancellationToken) =>
        ReadAsync(connection => ReceiptBook.Read(connection, layout), cancellationToken);

    /// <inheritdoc/>
    public async Task<IIngestRun> StartRunAsync(RunRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Work is EmbedWork { Replace: true })
        {
            throw SqliteFaults.Misconfigured(
                "Vectors are replaced row by row in PostgreSQL only. Load the table into another file: ingest-embeddings load --store sqlite:FILE");
        }

        var row = new RowSql(layout);
        var connection = await database.ConnectAsync(cancellationToken);
        try
        {
            if (request.Work is MeasureWork { Recompute: true })
            {
                row = new RowSql(layout) { MeasuredSince = await database.WriteAsync(connection, () => Recomputing.Begin(connection, layout), cancellationToken) };
            }

            var count = await database.WriteAsync(connection, () => Begin(connection, row, request), cancellationToken);
            return new SqliteRun(database, connection, row, request, count.Pending);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await database.ReadAsync(connection, () => read(connection), cancellationToken);
    }

    private RowCount Begin(SqliteConnection connection, RowSql row, RunRequest request)
    {
        if (request.Work.Encoder is { } encoder)
        {
            SpaceRegistry.Claim(connection, layout, encoder, request.Observer);
        }

        if (request.Recipe is { } recipe)
        {
            MetricsRegistry.Check(connection, layout, recipe, request.Work is MeasureWork { Recompute: true }, request.Observer);
        }

        if (request.RetryFailed)
        {
            FailedRows.Clear(connection, layout);
        }
        else
        {
            FailedRows.ClearChanged(connection, layout);
        }

        if (request.Frequency)
        {
            FrequencyTable.Create(connection, row);
        }

        ActiveRun.Begin(connection, layout, request);

        return RowCounts.Of(connection, row, request.Work);
    }
}
