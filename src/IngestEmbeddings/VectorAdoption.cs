using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;

namespace IngestEmbeddings;

/// <summary>Checks vectors of which nothing is recorded before a model is recorded as theirs: some texts are encoded again and compared.</summary>
/// <param name="table">The table.</param>
/// <param name="encoder">The model of the run.</param>
/// <param name="canReplace">True where the store replaces vectors row by row.</param>
public sealed class VectorAdoption(IIngestTable table, IEncoder encoder, bool canReplace)
{
    // A few rows may hold the vector of an older text.
    private const double LeastShare = 0.9;

    /// <summary>Compares.</summary>
    /// <param name="rows">The maximum rows to encode again.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>What was found; null where there is nothing to adopt: no vector, or a model is recorded.</returns>
    /// <exception cref="IngestException">The vectors are not those of the model.</exception>
    public async Task<UnknownVectorsMatched?> CheckAsync(int rows, CancellationToken cancellationToken)
    {
        var model = encoder.Description;
        var recorded = await table.ReadOriginsAsync(cancellationToken);
        if (rows < 1 || recorded.Any(origin => !table.Description.KeepsModelsApart || origin.Fingerprint == model.Fingerprint || origin.Model == model.Model))
        {
            return null;
        }

        var sample = await table.Audit.SampleAsync(model.Identity, rows, cancellationToken);
        if (sample.Count == 0 || sample.Any(row => row.Vector!.Length != model.Dimension))
        {
            // Another dimension is refused by the store, in its own words.
            return null;
        }

        using var made = new VectorBlock(sample.Count, model.Dimension);
        await encoder.EncodeAsync([.. sample.Select(static row => row.Text!)], TextRole.Document, made, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var encoded = Enumerable.Range(0, sample.Count).Where(made.IsEncoded).ToList();
        var cosines = encoded.Select(i => SameVector.Likeness(made.Row(i), sample[i].Vector!)).Order().ToList();
        if (cosines.Count == 0)
        {
            return null;
        }

        var same = encoded.Count(i => SameVector.Is(made.Row(i), sample[i].Vector!));
        var matched = new UnknownVectorsMatched(table.Description.Name, model.Model, cosines.Count, cosines[0], cosines[cosines.Count / 2]);
        return same >= LeastShare * cosines.Count ? matched : throw new IngestException(
            IngestError.Configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{table.Description.Name} has vectors of which nothing records the model, and they are not those of {model.Model}: of {cosines.Count} texts encoded again, ") +
            string.Create(
                CultureInfo.InvariantCulture,
                $"{same} gave the vector that is stored (cosines from {matched.LeastCosine:0.00}, median {matched.MedianCosine:0.00}). ") +
            $"Name the model that made them with --model, or {(canReplace ? "replace them all: --reembed" : "load the table into another file and run on that")}.");
    }
}
