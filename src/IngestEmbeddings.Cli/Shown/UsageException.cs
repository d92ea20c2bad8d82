namespace IngestEmbeddings.Cli.Shown;

/// <summary>The command line, or a value from the environment, is wrong. The message tells all the mistakes.</summary>
/// <param name="problems">The mistakes, at least one.</param>
internal sealed class UsageException(IReadOnlyList<string> problems)
    : IngestException(IngestError.Usage, Compose(problems))
{
    private const string NextStep = "Nothing was opened. See 'ingest-embeddings --help'.";

    private static string Compose(IReadOnlyList<string> problems) => Lines([.. problems.Select(ShownText.Line)]);

    private static string Lines(IReadOnlyList<string> problems) => problems.Count == 1
        ? $"{problems[0]}\n{NextStep}"
        : $"{problems.Count} mistakes:\n{string.Concat(problems.Select(problem => $"  {problem}\n"))}{NextStep}";
}
