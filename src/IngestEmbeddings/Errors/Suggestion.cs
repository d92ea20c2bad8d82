namespace IngestEmbeddings.Errors;

/// <summary>
/// A command of the program that helps after an error. Who shows it adds the options that the user gave, such as the schema, so
/// that it works as it is typed.
/// </summary>
/// <param name="Purpose">What the command is for, such as <c>To create it</c>; a colon and the command follow.</param>
/// <param name="Command">The command, such as <c>init</c>.</param>
/// <param name="Arguments">Its arguments, such as the table; unquoted.</param>
public sealed record Suggestion(string Purpose, string Command, params IReadOnlyList<string> Arguments)
{
    /// <summary>The purpose and the command, without the options that the user gave.</summary>
    public override string ToString() => $"{Purpose}: ingest-embeddings {string.Join(' ', [Command, .. Arguments])}";
}
