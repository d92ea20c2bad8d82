using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Loads the model that is named; where none is, the one that made the vectors of the table, in the precision that it had.</summary>
/// <param name="load">Loads a model.</param>
/// <param name="workers">How many workers share it.</param>
internal sealed class RecordedModel(EncoderLoader load, int workers)
{
    private const string Auto = "auto";

    private static readonly string[] Precisions = ["fp32", "fp16", "int8"];

    /// <summary>Loads the model.</summary>
    /// <exception cref="IngestException">It cannot be loaded.</exception>
    public async Task<IEncoder> LoadAsync(
        ModelOptions options, IIngestTable table, IIngestObserver observer, CancellationToken cancellationToken)
    {
        if (await FindAsync(options, table, cancellationToken) is not { } origin)
        {
            return await load(options, workers, observer, cancellationToken);
        }

        var model = options with { Name = origin.Model };
        var encoder = await LoadAsync(model, table.Description.Name, observer, cancellationToken);
        if (encoder.Description.Fingerprint == origin.Fingerprint || options.Precision != Auto || encoder.Description.Precision.Length == 0)
        {
            return encoder;
        }

        // On the machine that made the vectors, auto may have taken another precision than on this one.
        foreach (var precision in Precisions.Where(precision => precision != encoder.Description.Precision))
        {
            if (await TryLoadAsync(model with { Precision = precision }, observer, cancellationToken) is not { } other)
            {
                continue;
            }

            if (other.Description.Fingerprint == origin.Fingerprint)
            {
                await encoder.DisposeAsync();
                return other;
            }

            await other.DisposeAsync();
        }

        return encoder;
    }

    // Null where the user's word is enough, or nothing is recorded, or vectors of several models lie next to each other.
    private static async Task<VectorOrigin?> FindAsync(ModelOptions options, IIngestTable table, CancellationToken cancellationToken)
    {
        if (options.IsNamed && options.Precision != Auto)
        {
            return null;
        }

        try
        {
            var origins = await table.ReadOriginsAsync(cancellationToken);
            return origins is [var origin] && (!options.IsNamed || origin.Model == options.Name) ? origin : null;
        }
        catch (IngestException fault) when (fault.Error == IngestError.Configuration)
        {
            // A role that may read the table need not be one that may read the records of runs.
            return null;
        }
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

    private async Task<IEncoder?> TryLoadAsync(ModelOptions model, IIngestObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            return await load(model, workers, observer, cancellationToken);
        }
        catch (IngestException)
        {
            return null;
        }
    }
}
