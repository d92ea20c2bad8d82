using IngestEmbeddings.Text;

namespace IngestEmbeddings.Cli.Arguments;

/// <summary>A word that may be a misspelt command.</summary>
/// <param name="Word">The word as it was written.</param>
/// <param name="Names">The commands that may be meant, the nearest first; at least one.</param>
internal sealed record NearCommand(string Word, IReadOnlyList<string> Names)
{
    /// <summary>Asks for the command that was meant.</summary>
    public string Question => $"Did you mean {string.Join(" or ", Names.Select(name => $"'{CommandSpec.Program} {name}'"))}?";

    /// <summary>Finds the commands that the first words of a command line may stand for.</summary>
    /// <returns>Null when no command is near.</returns>
    public static NearCommand? Find(IReadOnlyList<CommandSpec> commands, IReadOnlyList<string> words)
    {
        if (words is not [not ['-', ..] and { Length: > 0 } first, ..])
        {
            return null;
        }

        var heads = NearNames.Of(first, commands.Select(command => Head(command.Name)));
        var names = heads.SelectMany(head => commands.Select(command => command.Name).Where(name => Head(name) == head)).ToList();
        if (words.Count > 1 && NearNames.Of($"{first} {words[1]}", names.Where(name => name.Contains(' ', StringComparison.Ordinal))) is [var whole, ..])
        {
            names = [whole];
        }

        return names.Count > 0 ? new NearCommand(first, names) : null;
    }

    /// <summary>The command that the first words name, and how many words that are; null and 0 when none is named.</summary>
    public static (CommandSpec? Command, int Words) Named(IReadOnlyList<CommandSpec> commands, IReadOnlyList<string> words)
    {
        var named = commands
            .Select(command => (Command: command, Name: command.Name.Split(' ')))
            .Where(one => words.Take(one.Name.Length).SequenceEqual(one.Name, StringComparer.Ordinal))
            .OrderByDescending(one => one.Name.Length)
            .FirstOrDefault();
        return (named.Command, named.Name?.Length ?? 0);
    }

    private static string Head(string name) => name.Split(' ')[0];
}
