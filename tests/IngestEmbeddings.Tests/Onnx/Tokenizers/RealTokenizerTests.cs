using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>Published tokenizers, where they are at hand; eng/check-tokenizers compares them with the reference.</summary>
public sealed class RealTokenizerTests
{
    private const string Variable = "INGEST_TEST_TOKENIZERS";

    [Fact]
    public void Bert_gives_the_ids_that_its_users_know() =>
        HuggingFaceTokenizer.Load(Folder("all-MiniLM-L6-v2")).Ids("Hello, world! Café")
            .ShouldBe([101, 7592, 1010, 2088, 999, 7668, 102]);

    [Fact]
    public void Both_files_of_one_tokenizer_give_the_same_ids()
    {
        var folder = Folder("barthez");
        using var modelOnly = new TokenizerFolderFixture();
        File.Copy(Path.Combine(folder, "sentencepiece.bpe.model"), Path.Combine(modelOnly.Path, "sentencepiece.bpe.model"));
        var (json, model) = (HuggingFaceTokenizer.Load(folder), modelOnly.Load());
        var sentences = File.ReadLines(Repository.PathOf("samples", "sentences.tsv")).Skip(1).Select(line => line.Split('\t')[1]).ToArray();

        sentences.Length.ShouldBeGreaterThan(100);
        foreach (var sentence in sentences)
        {
            model.Ids(sentence).ShouldBe(json.Ids(sentence), sentence);
        }
    }

    /// <summary>A folder of published files; the calling test is skipped where there is none.</summary>
    internal static string Folder(string name)
    {
        var folder = Candidates().Select(candidate => Path.Combine(candidate, name)).FirstOrDefault(Directory.Exists);
        Assert.SkipWhen(folder is null, $"No {name}: set {Variable} to a folder of published tokenizers, or put them into shared/tokenizers next to the repository.");
        return folder!;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }

        for (var folder = new DirectoryInfo(Repository.Root); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "shared", "tokenizers");
        }
    }
}
