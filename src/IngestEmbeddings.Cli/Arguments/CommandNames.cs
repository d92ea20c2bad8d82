namespace IngestEmbeddings.Cli.Arguments;

/// <summary>The commands of the program; as flags, the commands that an option belongs to.</summary>
[Flags]
internal enum CommandNames
{
    None = 0,
    Run = 1,
    Init = 2,
    Load = 4,
    All = Run | Init | Load,
}
