using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>A store, a table in it and a model, ready for runs: all that a program needs to fill a table.</summary>
/// <remarks>Runs one at a time. Disposing it disposes the encoder and closes the store.</remarks>
public sealed class IngestJob : IAsyncDisposable
{
    private readonly IIngestObserver _observer;

    private IngestJob(IStore store, IIngestTable table, IEncoder? encoder, IIngestObserver observer)
    {
        Store = store;
        Table = table;
        Encoder = encoder;
        _observer = observer;
    }

    /// <summary>The store.</summary>
    public IStore Store { get; }

    /// <summary>The table.</summary>
    public IIngestTable Table { get; }

    /// <summary>The encoder; null for metrics alone.</summary>
    public IEncoder? Encoder { get; }

    /// <summary>What a run makes for each row: vectors and metrics, or metrics alone where there is no encoder.</summary>
    public IngestWork Work => Encoder is null ? new MeasureWork() : new EmbedWork(Encoder.Description);

    /// <summary>Opens the store, finds the table and loads the model, in this order: what fails soonest comes first.</summary>
    /// <param name="options">What the job is made of.</param>
    /// <param name="cancellationToken">A token to cancel the operation; nothing stays open then.</param>
    /// <exception cref="IngestException">The store does not answer, has no such table, or the model cannot be loaded.</exception>
    public static async Task<IngestJob> OpenAsync(IngestJobOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var observer = new EventChannel(options.Observers);
        var store = await options.OpenStore(observer, cancellationToken);
        try
        {
            var table = await store.OpenTableAsync(options.Table, cancellationToken);
            var encoder = options.LoadEncoderOf is { } loadOf ? await loadOf(table, observer, cancellationToken)
                : options.LoadEncoder is { } load ? await load(observer, cancellationToken)
                : null;
            return new IngestJob(store, table, encoder, observer);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fills the table: every row that is pending.</summary>
    /// <param name="options">How many workers, how large batches.</param>
    /// <param name="stopping">Requests a stop: nothing more is read, and what is encoded is written.</param>
    /// <exception cref="IngestException">The run cannot go on. What was committed stays; another run resumes.</exception>
    public Task<IngestSummary> RunAsync(IngestOptions options, CancellationToken stopping = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return RunAsync(options.RequestFor(Work), options, new TextMeter(), stopping);
    }

    /// <summary>Fills the table as a request says.</summary>
    /// <param name="request">What to do: <see cref="IngestOptions.RequestFor"/> with changes. The job's observers see it too.</param>
    /// <param name="options">How many workers, how large batches.</param>
    /// <param name="meter">Makes the metrics.</param>
    /// <param name="stopping">Requests a stop: nothing more is read, and what is encoded is written.</param>
    /// <exception cref="IngestException">The run cannot go on. What was committed stays; another run resumes.</exception>
    public async Task<IngestSummary> RunAsync(
        RunRequest request, IngestOptions options, TextMeter meter, CancellationToken stopping = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(meter);
        var observer = new EventChannel(_observer, request.Observer);
        if (request.Work is EmbedWork { Changed: not ChangedTexts.Ignored and var changed } && Table.Description.ChangesUnnoticed is { } unnoticed)
        {
            if (changed == ChangedTexts.Only)
            {
                throw new IngestException(
                    IngestError.Configuration, $"No changed text of {unnoticed.Table} can be found: {unnoticed.Reason}.") { Suggestion = unnoticed.Remedy };
            }

            observer.Observe(unnoticed);
        }

        if (Encoder is not null && request.Work is EmbedWork { Replace: false }
            && await new VectorAdoption(Table, Encoder, Store.Capabilities.ReplacesVectors).CheckAsync(options.AdoptSample, stopping) is { } matched)
        {
            observer.Observe(matched);
        }

        await using var run = await Table.StartRunAsync(request with { Observer = observer, Recipe = RecipeOf(meter) }, stopping);
        return await new IngestPipeline(run, Encoder, meter, options, observer).RunAsync(stopping);
    }

    private MetricsRecipe? RecipeOf(TextMeter meter) => Table.Description.MetricsTable is null ? null : meter.Recipe;

    /// <summary>Waits for new and changed rows and does them as they come, until it is stopped.</summary>
    /// <param name="request">As for <see cref="RunAsync(RunRequest, IngestOptions, TextMeter, CancellationToken)"/>. Frequencies are left as they are.</param>
    /// <param name="options">How many workers, how large batches.</param>
    /// <param name="meter">Makes the metrics.</param>
    /// <param name="stopping">Requests the end: what is encoded is written.</param>
    /// <exception cref="IngestException">The table does not note its changes, or the run cannot go on.</exception>
    public async Task<IngestSummary> WatchAsync(
        RunRequest request, IngestOptions options, TextMeter meter, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(meter);
        var observer = new EventChannel(_observer, request.Observer);
        var watch = new RunRequest
        {
            Work = Work, Watch = true, Recipe = RecipeOf(meter), Workers = request.Workers, WindowRows = request.WindowRows, Observer = observer,
        };
        await using var run = await Table.StartRunAsync(watch, stopping);
        return await new IngestPipeline(run, Encoder, meter, options, observer).RunAsync(stopping);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Encoder is not null)
        {
            await Encoder.DisposeAsync();
        }

        await Store.DisposeAsync();
    }
}
