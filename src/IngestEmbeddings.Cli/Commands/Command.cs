using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Commands;

/// <summary>One command: what the user meets of it, and what it does. <see cref="CommandList"/> has them all.</summary>
internal abstract class Command
{
    /// <summary>Name, arguments, options and examples.</summary>
    public abstract CommandSpec Spec { get; }

    /// <summary>Runs the command.</summary>
    /// <param name="context">The command line, and what the command works with.</param>
    /// <param name="stopping">Asks to stop; what is in flight is finished.</param>
    /// <returns>The exit code.</returns>
    public abstract Task<int> InvokeAsync(CommandContext context, CancellationToken stopping);
}

/// <summary>A command that reads all its options, and reports every mistake in them, before it does anything.</summary>
/// <typeparam name="TOptions">What it is asked for.</typeparam>
internal abstract class Command<TOptions> : Command
{
    /// <inheritdoc/>
    public sealed override Task<int> InvokeAsync(CommandContext context, CancellationToken stopping)
    {
        var options = Read(context);
        context.Settings.ThrowIfRejected();
        return InvokeAsync(options, context, stopping);
    }

    /// <summary>Reads the options. Opens nothing; mistakes go to <see cref="CommandContext.Settings"/>.</summary>
    protected abstract TOptions Read(CommandContext context);

    /// <summary>Does the work.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> InvokeAsync(TOptions options, CommandContext context, CancellationToken stopping);
}
