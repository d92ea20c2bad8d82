using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Benching;

/// <summary>A fresh copy of some rows for each run: what a run gives with its database.</summary>
internal sealed class ScratchSubject : IBenchSubject
{
    private readonly IIngestTable _table;
    private readonly int _maxRows;
    private readonly bool _metricsOnly;

    private ScratchSubject(IIngestTable table, int maxRows, bool metricsOnly, int rows)
    {
        _table = table;
        _maxRows = maxRows;
        _metricsOnly = metricsOnly;
        Rows = rows;
    }

    public int Rows { get; }

    public bool Writes => true;

    /// <summary>Makes a copy to see that it can be made, and how many rows it has.</summary>
    public static async Task<ScratchSubject> CreateAsync(IIngestTable table, int maxRows, bool metricsOnly, CancellationToken cancellationToken)
    {
        await using var scratch = await table.CreateScratchAsync(new ScratchRequest(maxRows, KeepVectors: metricsOnly), cancellationToken);
        var rows = (await scratch.Table.SampleAsync(maxRows, cancellationToken)).Count;
        return new ScratchSubject(table, maxRows, metricsOnly, rows);
    }

    public async Task<IIngestRun> StartAsync(IEncoder? encoder, IngestOptions options, CancellationToken cancellationToken)
    {
        var scratch = await _table.CreateScratchAsync(new ScratchRequest(_maxRows, KeepVectors: _metricsOnly), cancellationToken);
        try
        {
            var request = options.RequestFor(encoder is null ? new MeasureWork() : new EmbedWork(encoder.Description));
            return new ScratchRun(scratch, await scratch.Table.StartRunAsync(request, cancellationToken));
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    /// <summary>A run that drops its table at the end.</summary>
    private sealed class ScratchRun(IScratchTable scratch, IIngestRun run) : IIngestRun
    {
        public long Pending => run.Pending;

        public Task<long> CountPendingAsync(CancellationToken cancellationToken) => run.CountPendingAsync(cancellationToken);

        public Task<IRowSession> OpenSessionAsync(int worker, CancellationToken cancellationToken) =>
            run.OpenSessionAsync(worker, cancellationToken);

        public Task<RunProof> FinishAsync(CancellationToken cancellationToken) => run.FinishAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await run.DisposeAsync();
            await scratch.DisposeAsync();
        }
    }
}
