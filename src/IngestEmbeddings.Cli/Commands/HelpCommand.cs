using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>help</c>: shows the help of the program or of a command.</summary>
internal sealed class HelpCommand : Command<CommandSpec?>
{
    private static readonly OptionSpec Topic = new(
        "<command>", null, "all of them", "the command to explain", OptionGroup.Arguments);

    private static readonly OptionSpec Second = new(
        "<second-word>", null, "none", "the second word of a command that has two, such as model info", OptionGroup.Arguments);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "help",
        Summary = "Shows every command, or the options of one.",
        Examples = [new("ingest-embeddings help run", "every option of run"), new("ingest-embeddings help model info")],
        Arguments = [Topic, Second],
    };

    /// <inheritdoc/>
    protected override CommandSpec? Read(CommandContext context)
    {
        var words = new[] { Topic, Second }
            .SelectMany(word => context.Settings.Text(word) is { } text ? [text] : Array.Empty<string>())
            .ToList();
        var (command, count) = NearCommand.Named(CommandList.Specs, words);
        if (count < words.Count)
        {
            var near = NearCommand.Find(CommandList.Specs, words);
            context.Settings.Reject(
                $"{string.Join(' ', words)} is not a command.{(near is null ? "" : " " + near.Question)} '{CommandSpec.Program} help' shows them all.");
        }

        return command;
    }

    /// <inheritdoc/>
    protected override Task<int> InvokeAsync(CommandSpec? options, CommandContext context, CancellationToken stopping)
    {
        context.Process.Output.Write(options is null ? HelpText.Overview(CommandList.Specs) : HelpText.Of(options));
        return Task.FromResult(ExitCode.Done);
    }
}
