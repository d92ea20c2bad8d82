namespace IngestEmbeddings.Cli.Output;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Every row is done, or as many as the limit asked for.</summary>
    public const int Done = 0;

    /// <summary>An unexpected error.</summary>
    public const int Unexpected = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Done, and some rows failed.</summary>
    public const int SomeFailed = 3;

    /// <summary>Stopped early; a rerun resumes.</summary>
    public const int Stopped = 4;

    /// <summary>Configuration, schema or model is wrong.</summary>
    public const int Configuration = 5;

    /// <summary>A check of the data failed.</summary>
    public const int Data = 6;

    /// <summary>Interrupted from the keyboard; a rerun resumes.</summary>
    public const int Interrupted = 130;

    /// <summary>All of them with their meaning, in the order of the help.</summary>
    public static readonly IReadOnlyList<(int Code, string Meaning)> All =
    [
        (Done, "every row is done, or as many as --limit asked for"),
        (Unexpected, "unexpected error"),
        (Usage, "wrong usage"),
        (SomeFailed, "done, some rows failed"),
        (Stopped, "stopped early, the same command resumes"),
        (Configuration, "configuration, schema or model is wrong"),
        (Data, "a check of the data failed"),
        (Interrupted, "interrupted, the same command resumes"),
    ];
}
