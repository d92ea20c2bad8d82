using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Output;

namespace IngestEmbeddings.Cli.Commands;

/// <summary><c>completion</c>: prints the script by which a shell completes commands and options.</summary>
internal sealed class CompletionCommand : Command<string>
{
    private static readonly OptionSpec Shell = new(
        "<shell>", null, OptionSpec.Required, string.Join(", ", CompletionScript.Shells), OptionGroup.Arguments);

    /// <inheritdoc/>
    public override CommandSpec Spec { get; } = new()
    {
        Name = "completion",
        Summary = "Prints the script by which a shell completes commands and options.",
        Examples =
        [
            new("ingest-embeddings completion bash", "in ~/.bashrc: source <(…)"),
            new("ingest-embeddings completion fish"),
        ],
        Arguments = [Shell],
    };

    /// <inheritdoc/>
    protected override string Read(CommandContext context)
    {
        var settings = context.Settings;
        if (settings.Find(Shell) is null)
        {
            settings.Reject($"completion needs a shell: {string.Join(", ", CompletionScript.Shells)}.");
        }

        return settings.Choice(Shell, CompletionScript.Shells[0], CompletionScript.Shells);
    }

    /// <inheritdoc/>
    protected override Task<int> InvokeAsync(string options, CommandContext context, CancellationToken stopping)
    {
        context.Messages.Document(new CompletionScript(CommandList.Specs).For(options));
        return Task.FromResult(ExitCode.Done);
    }
}
