namespace IngestEmbeddings.Stores;

/// <summary>The server accepts no more connections now.</summary>
public sealed class TooManyConnectionsException(string message, Exception? inner = null)
    : IngestException(IngestError.Stopped, message, inner);

/// <summary>A worker's claim has passed to another worker: its results are dropped, and no row is lost.</summary>
public sealed class ClaimLostException(string message) : Exception(message);

/// <summary>The store has no table of that name.</summary>
public sealed class TableNotFoundException(string message) : IngestException(IngestError.Configuration, message);
