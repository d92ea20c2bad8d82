using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.State;

/// <summary>What all processes of a run must do alike, beyond the model: how metrics are made, and which rows are pending.</summary>
internal static class RunTerms
{
    private const string Changed = "changed texts";

    /// <summary>The terms of a request, to be recorded with its run.</summary>
    /// <param name="request">The request.</param>
    /// <param name="hasMetrics">False for embeddings alone.</param>
    public static string Of(RunRequest request, bool hasMetrics)
    {
        var metrics = $"metrics: {(hasMetrics ? "all" : "none")}";
        var changed = request.Work is EmbedWork embed ? $"{Changed}: {embed.Changed.ToString().ToLowerInvariant()}" : null;
        return string.Join("; ", new[] { request.Recipe?.ToString(), changed, metrics }.OfType<string>());
    }
}
