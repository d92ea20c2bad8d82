namespace IngestEmbeddings.Metrics;

/// <summary>How the named entities of a text are counted.</summary>
public enum EntityCounting
{
    /// <summary>By capitals alone, as <see cref="EntityHeuristic"/> says. The default.</summary>
    Heuristic,

    /// <summary>Not at all: the count is null.</summary>
    None,
}
