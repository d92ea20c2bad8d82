namespace IngestEmbeddings.Cli.Live;

/// <summary>What a worker is doing.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Doing">One word for it.</param>
/// <param name="Keys">The keys of the window that it read last; empty before the first.</param>
/// <param name="Written">Rows that it has written.</param>
internal sealed record WorkerState(int Number, string Doing, string Keys, long Written);
