namespace IngestEmbeddings.Cli.Arguments;

/// <summary>The commands of the program; as flags, the commands that an option belongs to.</summary>
[Flags]
internal enum CommandNames
{
    None = 0,
    Run = 1,
    Init = 2,
    Load = 4,

    /// <summary><c>model info</c>.</summary>
    ModelInfo = 8,

    /// <summary><c>model quantize</c>.</summary>
    ModelQuantize = 16,

    Index = 32,
    Bench = 64,
    Status = 128,

    /// <summary><c>model pull</c>.</summary>
    ModelPull = 256,

    /// <summary><c>model list</c>.</summary>
    ModelList = 512,

    /// <summary>The commands that open a store.</summary>
    All = Run | Init | Load | Index | Bench | Status,
}
