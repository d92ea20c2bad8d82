using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>Folders of BertTokenizer's older form: <c>vocab.txt</c>, and no <c>tokenizer.json</c>.</summary>
public sealed class VocabularyFolderTests
{
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nab\n##c\nAb\né\ne\n中\n";

    private static int[] Ids(string text, string? config = null, string vocabulary = Vocabulary)
    {
        using var folder = new TokenizerFolderFixture();
        if (config is not null)
        {
            folder.Write("tokenizer_config.json", config);
        }

        return folder.Write("vocab.txt", vocabulary).Load().Ids(text);
    }

    [Theory]
    [InlineData("Abc é 中[MASK]?", null, new[] { 2, 5, 6, 9, 10, 4, 1, 3 })]
    [InlineData("Ab é", """{"do_lower_case":false}""", new[] { 2, 7, 8, 3 })]
    [InlineData("Ab É", """{"strip_accents":false}""", new[] { 2, 5, 8, 3 })]
    [InlineData("a中", """{"tokenize_chinese_chars":false}""", new[] { 2, 1, 3 })]
    [InlineData("ab", """{"cls_token":"[SEP]","sep_token":{"content":"[CLS]"}}""", new[] { 3, 5, 2 })]
    public void The_settings_are_those_of_the_configuration(string text, string? config, int[] expected) => Ids(text, config).ShouldBe(expected);

    [Fact]
    public void Lines_may_end_with_carriage_return_and_line_feed() =>
        Ids("abc é", vocabulary: Vocabulary.Replace("\n", "\r\n", StringComparison.Ordinal)).ShouldBe([2, 5, 6, 9, 3]);

    [Fact]
    public void Of_a_token_that_stands_there_twice_the_later_line_counts() => Ids("ab", vocabulary: Vocabulary + "ab\n").ShouldBe([2, 11, 3]);

    [Theory]
    [InlineData("""{"tokenizer_class":"BertJapaneseTokenizer"}""", "tokenizer_class")]
    [InlineData("""{"do_basic_tokenize":false}""", "do_basic_tokenize")]
    [InlineData("""{"never_split":["ab"]}""", "never_split")]
    [InlineData("""{"split_special_tokens":true}""", "split_special_tokens")]
    public void A_setting_that_is_not_known_is_refused(string config, string setting) =>
        Should.Throw<IngestException>(() => Ids("ab", config)).Message.ShouldContain($"tokenizer_config.json: {setting}");

    [Theory]
    [InlineData("", "empty")]
    [InlineData("[UNK]\n[SEP]\nab\n", "[CLS]")]
    public void A_vocabulary_that_lacks_what_is_needed_is_refused(string vocabulary, string what) =>
        Should.Throw<IngestException>(() => Ids("ab", null, vocabulary)).Message.ShouldContain(what);

    [Fact]
    public void Both_forms_of_a_published_tokenizer_give_the_same_ids()
    {
        var published = RealTokenizerTests.Folder("all-MiniLM-L6-v2");
        using var folder = new TokenizerFolderFixture();
        foreach (var name in (string[])["vocab.txt", "tokenizer_config.json", "special_tokens_map.json"])
        {
            File.Copy(Path.Combine(published, name), Path.Combine(folder.Path, name));
        }

        var (older, newer) = (folder.Load(), IngestEmbeddings.Onnx.Tokenizers.HuggingFaceTokenizer.Load(published));
        foreach (var text in HardTexts.Generate(1_000))
        {
            older.Ids(text).ShouldBe(newer.Ids(text), text);
        }
    }
}
