namespace IngestEmbeddings.Tests.Support;

/// <summary>The glosses of WordNet, as Debian's <c>wordnet-base</c> installs it: a large corpus that many machines have.</summary>
internal static class WordNet
{
    private const string Folder = "/usr/share/wordnet";

    /// <summary>What follows <c> | </c> on the lines of <c>data.*</c>, split at <c>;</c> and trimmed; empty where there is none.</summary>
    public static IReadOnlyList<string> Glosses()
    {
        if (!Directory.Exists(Folder))
        {
            return [];
        }

        return [.. Directory.GetFiles(Folder, "data.*")
            .Order(StringComparer.Ordinal)
            .SelectMany(File.ReadLines)
            .Where(line => line.Contains(" | ", StringComparison.Ordinal))
            .SelectMany(line => line.Split(" | ", 2)[1].Split(';'))
            .Select(gloss => gloss.Trim())
            .Where(gloss => gloss.Length > 0)];
    }
}
