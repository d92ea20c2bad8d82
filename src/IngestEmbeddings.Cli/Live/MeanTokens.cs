using IngestEmbeddings.Stores;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Cli.Live;

/// <summary>Estimates how many tokens a row to do has, from a sample of all of them.</summary>
internal static class MeanTokens
{
    private const int SampleRows = 2000;

    /// <summary>Estimates, while the run is under way.</summary>
    /// <returns>The mean tokens; null without a tokenizer, or where the sample cannot be read.</returns>
    public static Task<double?> EstimateAsync(IngestJob job, IngestWork work, long? limit, CancellationToken cancellationToken) =>
        job.Encoder is not { Tokenizer: { } tokenizer } encoder ? Task.FromResult<double?>(null) : Task.Run(
            async () =>
            {
                try
                {
                    var plan = await job.Table.ReadPlanAsync(
                        new PlanRequest { Work = work, Limit = limit, SampleRows = SampleRows, SamplesOnly = true }, cancellationToken);
                    var profile = new TextProfiler(tokenizer, encoder.Description.DocumentPrompt, encoder.Description.ReadTokens).Profile(plan.Sample);
                    return profile.Texts > 0 ? profile.Mean : (double?)null;
                }
                catch (Exception exception) when (exception is IngestException or OperationCanceledException)
                {
                    // The time left is then estimated by rows.
                    return null;
                }
            },
            cancellationToken);
}
