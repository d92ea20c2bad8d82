using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Loads the model that is named; where none is, the one that made the vectors of the table, in the precision that it had, and long texts as they were read.</summary>
/// <param name="load">Loads a model.</param>
/// <param name="workers">How many workers share it.</param>
internal sealed class RecordedModel(EncoderLoader load, int workers)
{
    private const string Auto = "auto";

    private static readonly string[] Precisions = [Auto, "fp32", "fp16", "int8"];

    /// <summary>Loads the model.</summary>
    /// <exception cref="IngestException">It cannot be loaded.</exception>
    public async Task<IEncoder> LoadAsync(
        ModelOptions options, IIngestTable table, IIngestObserver observer, CancellationToken cancellationToken)
    {
        if (await FindAsync(options, table, cancellationToken) is not { } origin)
        {
            return await load(options, workers, observer, cancellationToken);
        }

        var model = options.IsNamed ? options : options with { Name = origin.Model };
        return await TryLoadAsync(model, origin, observer, cancellationToken)
            ?? await LoadAsync(model, table.Description.Name, observer, cancellationToken);
    }

    // Null where the user's word is enough, or nothing is recorded, or vectors of several models lie next to each other.
    private static async Task<VectorOrigin?> FindAsync(ModelOptions options, IIngestTable table, CancellationToken cancellationToken)
    {
        try
        {
            return await table.ReadOriginsAsync(cancellationToken) is [var origin] && !IsComplete(options, origin) ? origin : null;
        }
        catch (IngestException fault) when (fault.Error == IngestError.Configuration)
        {
            // A role that may read the table need not be one that may read the records of runs.
            return null;
        }
    }

    private static bool IsComplete(ModelOptions options, VectorOrigin origin) =>
        options.IsNamed && options.Precision != Auto && (options.LongTexts ?? LongTextMode.Cut) == origin.LongTexts;

    // On the machine that made the vectors, auto may have taken another precision than on this one. Null where no precision makes the
    // model that is recorded: then a name that was given is one of another model.
    private async Task<IEncoder?> TryLoadAsync(ModelOptions model, VectorOrigin origin, IIngestObserver observer, CancellationToken cancellationToken)
    {
        string[] precisions = model.Precision != Auto ? [model.Precision]
            : origin.Precision is null ? Precisions
            : origin.Precision.Length > 0 ? [origin.Precision] : [Auto];
        foreach (var precision in precisions)
        {
            var trial = new Trial(observer);
            try
            {
                var encoder = await load(
                    model with { Precision = precision, LongTexts = model.LongTexts ?? origin.LongTexts }, workers, trial, cancellationToken);
                if (encoder.Description.Fingerprint == origin.Fingerprint)
                {
                    trial.Keep();
                    return encoder;
                }

                await encoder.DisposeAsync();
            }
            catch (IngestException)
            {
                // Without this precision; where that is all there is, loading again says why.
            }
        }

        return null;
    }

    private async Task<IEncoder> LoadAsync(ModelOptions model, string table, IIngestObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            return await load(model, workers, observer, cancellationToken);
        }
        catch (IngestException fault) when (!model.IsNamed && fault.Error == IngestError.Configuration)
        {
            throw new IngestException(
                fault.Error, $"The vectors of {table} were made by {model.Name}; name it where it is now with --model. {fault.Message}", fault)
            {
                Suggestion = fault.Suggestion,
            };
        }
    }

    /// <summary>Holds back which model was loaded until it is the one that stays.</summary>
    private sealed class Trial(IIngestObserver observer) : IIngestObserver
    {
        private ModelLoaded? _loaded;

        public void Observe(IngestEvent ingestEvent)
        {
            if (ingestEvent is ModelLoaded loaded)
            {
                _loaded = loaded;
            }
            else
            {
                observer.Observe(ingestEvent);
            }
        }

        public void Keep()
        {
            if (_loaded is { } loaded)
            {
                observer.Observe(loaded);
            }
        }
    }
}
