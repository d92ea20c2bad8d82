namespace IngestEmbeddings.Verifying;

/// <summary>Something that a check found wrong.</summary>
/// <param name="Check">The check, in a word, such as <c>missing</c>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Count">How many rows, or how many of what the message names.</param>
public sealed record Finding(string Check, string Message, long Count)
{
    /// <summary>The keys of some of the rows, as messages show them.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>The SQL statement that heals it, or that comes before <see cref="Command"/>; null for none.</summary>
    public string? Statement { get; init; }

    /// <summary>The command that heals it; null where the statement does alone.</summary>
    public Suggestion? Command { get; init; }
}
