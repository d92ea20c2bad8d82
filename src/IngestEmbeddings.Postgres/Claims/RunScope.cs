using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Targets;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>What all workers of a run in this process have in common.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Target">What it makes, and where that goes.</param>
/// <param name="RangeRows">Rows of a new key range.</param>
/// <param name="Options">The lease, the clock and the guards.</param>
/// <param name="Shape">The shape of the tables when the run was joined: failed rows are done again when it changes.</param>
internal sealed record RunScope(Guid RunId, RunTarget Target, int RangeRows, PostgresOptions Options, string Shape)
{
    /// <summary>True when the run does what the log of changes names, and has no end.</summary>
    public bool Watches { get; init; }
}
