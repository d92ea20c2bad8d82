namespace IngestEmbeddings.Onnx.Folders;

/// <summary>The prompts of model families that were trained with them and state them in the prose of their pages alone, not in a file.</summary>
/// <param name="Document">What is put before each text that is stored; empty for nothing.</param>
/// <param name="Query">What is put before each text that asks; empty for nothing.</param>
internal sealed record ProsePrompts(string Document, string Query)
{
    private const string EnglishRetrieval = "Represent this sentence for searching relevant passages: ";

    private static readonly ProsePrompts None = new("", "");

    // In the order in which they are looked for; a name is in lower case.
    private static readonly (Func<string, bool> Is, ProsePrompts Prompts)[] Families =
    [
        (static name => name.Contains("instruct", StringComparison.Ordinal), None),
        (static name => name.Split('/', '_', '-').Contains("e5"), new("passage: ", "query: ")),
        (static name => name.Contains("nomic-embed-text", StringComparison.Ordinal), new("search_document: ", "search_query: ")),
        (static name => IsBge(name, "en"), new("", EnglishRetrieval)),
        (static name => IsBge(name, "zh"), new("", "为这个句子生成表示以用于检索相关文章：")),
        (static name => name.Contains("uae-large-v1", StringComparison.Ordinal), new("", EnglishRetrieval)),
    ];

    /// <summary>Finds the family of a model.</summary>
    /// <param name="names">What the model is called: in its configuration, as an id, by its folder.</param>
    public static ProsePrompts Of(params IEnumerable<string?> names) => names
        .Where(static name => name is not null)
        .Select(static name => name!.ToLowerInvariant())
        .Select(static name => Families.FirstOrDefault(family => family.Is(name)).Prompts)
        .FirstOrDefault(static prompts => prompts is not null) ?? None;

    // bge-small-en, BAAI/bge-large-zh-v1.5; bge-m3 takes none.
    private static bool IsBge(string name, string language) =>
        name.Split('/', '_') is [.., var last] && last.StartsWith("bge-", StringComparison.Ordinal) && last.Split('-') is [_, _, var written, ..] && written == language;
}
