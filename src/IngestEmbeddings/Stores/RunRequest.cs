using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Stores;

/// <summary>What a run is to do.</summary>
public sealed record RunRequest
{
    /// <summary>The encoder whose vectors will be written; null for metrics alone.</summary>
    public EncoderDescription? Encoder { get; init; }

    /// <summary>True: rows that have an embedding and no metrics. False: rows that have no embedding.</summary>
    public bool MetricsOnly => Encoder is null;

    /// <summary>True to count, for each row, the rows of the table with the same text.</summary>
    public bool Frequency { get; init; }

    /// <summary>
    /// True to drop the indexes over the vectors before the run and to build them again after it; a run that dies in between
    /// leaves that to the next. Stores without such indexes ignore it. Default false.
    /// </summary>
    public bool RebuildIndex { get; init; }

    /// <summary>Parallel workers of the server for each such build; null for what is safe. Default null.</summary>
    public int? IndexWorkers { get; init; }

    /// <summary>
    /// True to replace the vectors that there are, row by row, by this encoder's; the column then belongs to it. A run of that
    /// kind that was stopped is resumed by the next one. False: only rows without a vector are done.
    /// </summary>
    public bool Reembed { get; init; }

    /// <summary>
    /// True to end a run that is under way over the same column with another model, or that does not replace what this one would:
    /// its workers can write nothing more. False: such a run is an error. Default false.
    /// </summary>
    public bool Supersede { get; init; }

    /// <summary>True to do again the rows that earlier runs have set aside.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>How many workers this process will open; sizes the claims. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The most rows a session will be asked for at a time; sizes the claims. Default 512.</summary>
    public int WindowRows { get; init; } = 512;

    /// <summary>Tells of what the user should know, such as a retry or a warning about the table. Called from any thread.</summary>
    public Action<string> Notice { get; init; } = static _ => { };
}
