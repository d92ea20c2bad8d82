using IngestEmbeddings.Cli.Benching;
using IngestEmbeddings.Cli.Output;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Cli.Planning;

/// <summary>Plans a run: reads the table, looks at a sample with the model's tokenizer, and measures how fast the sample is encoded.</summary>
/// <param name="job">The store, the table and the model.</param>
/// <param name="clock">The clock.</param>
internal sealed class Planner(IngestJob job, TimeProvider clock)
{
    private const int Trials = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan MaxTrial = TimeSpan.FromSeconds(1.2);

    private static readonly TimeSpan MinTrial = TimeSpan.FromSeconds(0.05);

    /// <summary>Plans. Writes nothing.</summary>
    /// <param name="request">What the run would do.</param>
    /// <param name="ingest">How the run would go about it.</param>
    /// <param name="frequency">True when it would compute the frequency.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async Task<RunPlan> PlanAsync(PlanRequest request, IngestOptions ingest, bool frequency, CancellationToken cancellationToken)
    {
        var table = await job.Table.ReadPlanAsync(request, cancellationToken);
        var encoder = job.Encoder;
        if (encoder is not null && request.Work is EmbedWork { Replace: false } && await FindForeignAsync(encoder, ingest, cancellationToken) is { } refusal)
        {
            table = table with { Refusals = [.. table.Refusals, refusal] };
        }

        var rows = Math.Min(table.Pending, request.Limit ?? long.MaxValue);
        return new RunPlan
        {
            Store = job.Store.Location,
            Description = job.Table.Description,
            Encoder = encoder?.Description,
            Table = table,
            Rows = rows,
            Workers = ingest.Workers,
            Frequency = frequency,
            Profile = encoder is { Tokenizer: { } tokenizer } && table.Sample.Count > 0
                ? new TextProfiler(tokenizer, encoder.Description.DocumentPrompt, encoder.Description.ReadTokens).Profile(table.Sample)
                : null,
            Speed = table.Sample.Count > 0 ? await MeasureAsync(table.Sample, rows, ingest, cancellationToken) : null,
        };
    }

    private async Task<string?> FindForeignAsync(IEncoder encoder, IngestOptions ingest, CancellationToken cancellationToken)
    {
        try
        {
            await new VectorAdoption(job.Table, encoder, job.Store.Capabilities.ReplacesVectors).CheckAsync(ingest.AdoptSample, cancellationToken);
            return null;
        }
        catch (IngestException fault) when (fault.Error == IngestError.Configuration)
        {
            return fault.Message;
        }
    }

    private async Task<SpeedEstimate> MeasureAsync(
        IReadOnlyList<string> sample, long rows, IngestOptions ingest, CancellationToken cancellationToken)
    {
        var encoder = job.Encoder;
        var bench = new BenchTrial(new SampleSubject(sample), new TextMeter(), clock);
        var first = await bench.RunAsync(encoder, ingest.Workers, ingest.BatchSize, WarmUp, cancellationToken);
        // All trials together take no longer than the run itself.
        var share = TimeSpan.FromSeconds(Math.Min(MaxTrial.TotalSeconds, rows / first.RowsPerSecond / Trials));
        var time = share < MinTrial ? MinTrial : share;
        var trials = new List<double>();
        for (var trial = 0; trial < Trials; trial++)
        {
            trials.Add((await bench.RunAsync(encoder, ingest.Workers, ingest.BatchSize, time, cancellationToken)).RowsPerSecond);
        }

        var store = StoreCost.Of(KeptReceipt.Read(await job.Table.ReadReceiptsAsync(cancellationToken)));
        return SpeedEstimate.Of(trials, store, ingest.Workers, ingest.Sleep.TotalSeconds / ingest.BatchSize);
    }
}
