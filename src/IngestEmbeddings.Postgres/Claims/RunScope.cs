using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Targets;

namespace IngestEmbeddings.Postgres.Claims;

/// <summary>What all workers of a run in this process have in common.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Target">What it makes, and where that goes.</param>
/// <param name="RangeRows">Rows of a new key range.</param>
/// <param name="Options">The lease, the clock and the guards.</param>
internal sealed record RunScope(Guid RunId, RunTarget Target, int RangeRows, PostgresOptions Options);
