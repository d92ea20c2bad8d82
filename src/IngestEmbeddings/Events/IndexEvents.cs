namespace IngestEmbeddings.Events;

/// <summary>An index over the vectors slows the run down: each vector is inserted into it one by one.</summary>
/// <param name="Table">The table.</param>
/// <param name="Index">The index.</param>
/// <param name="Pending">Rows to do.</param>
public sealed record IndexSlowsWrites(string Table, string Index, long Pending) : IngestEvent;

/// <summary>An index was dropped; the run builds it again at its end.</summary>
/// <param name="Index">The index.</param>
public sealed record IndexDropped(string Index) : IngestEvent;

/// <summary>An index was not dropped although that was requested, because it could not be built again.</summary>
/// <param name="Index">The index.</param>
/// <param name="Reason">Why not.</param>
public sealed record IndexKept(string Index, string Reason) : IngestEvent;

/// <summary>An index that a build has left unusable is dropped.</summary>
/// <param name="Index">The index.</param>
public sealed record InvalidIndexDropped(string Index) : IngestEvent;

/// <summary>The build of an index starts.</summary>
/// <param name="Index">The index.</param>
/// <param name="Rows">Vectors to index; null when they were not counted.</param>
public sealed record IndexBuildStarted(string Index, long? Rows) : IngestEvent;

/// <summary>How much memory of the server the build of an index gets.</summary>
/// <param name="Index">The index.</param>
/// <param name="NeededBytes">Memory that holds the whole graph.</param>
/// <param name="GrantedBytes">Memory that the build gets; with less than it needs it takes several times as long.</param>
public sealed record IndexBuildPlanned(string Index, long NeededBytes, long GrantedBytes) : IngestEvent;

/// <summary>The server's pgvector has a defect in parallel builds.</summary>
/// <param name="Version">Its version.</param>
/// <param name="SafeFrom">The first version whose parallel builds are safe.</param>
/// <param name="Workers">Parallel workers of this build: 0 unless the user insisted.</param>
public sealed record ParallelBuildUnsafe(string Version, string SafeFrom, int Workers) : IngestEvent;

/// <summary>How far the build of an index is, as the server tells it.</summary>
/// <param name="Index">The index.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Done">Vectors done in this phase; null when the server does not say.</param>
/// <param name="Total">Vectors to do in this phase; null when the server does not say.</param>
public sealed record IndexBuildProgressed(string Index, string Phase, long? Done, long? Total) : IngestEvent;
