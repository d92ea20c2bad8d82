namespace IngestEmbeddings.Events;

/// <summary>Something that happened in a run, a store or a model. Data only: the observer that shows it finds the words.</summary>
/// <remarks>No event holds a password or the text of a row.</remarks>
public abstract record IngestEvent;
