using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>Every command of the program, in the order of the help.</summary>
internal static class CommandList
{
    public static readonly IReadOnlyList<Command> All =
    [
        new RunCommand(),
        new PlanCommand(),
        new InitCommand(),
        new LoadCommand(),
        new StatusCommand(),
        new SearchCommand(),
        new VerifyCommand(),
        new IndexCommand(),
        new SplitCommand(),
        new BenchCommand(),
        new ModelListCommand(),
        new ModelPullCommand(),
        new ModelInfoCommand(),
        new ModelQuantizeCommand(),
        new CompletionCommand(),
        new HelpCommand(),
    ];

    /// <summary>What they declare.</summary>
    public static readonly IReadOnlyList<CommandSpec> Specs = [.. All.Select(command => command.Spec)];
}
