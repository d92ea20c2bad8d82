using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>The options of BPE and Unigram models, and the two layouts of SentencePiece files.</summary>
public sealed class ModelTests
{
    private static int[] Ids(string model, string text)
    {
        using var folder = new TokenizerFolderFixture();
        return folder.Write("tokenizer.json", $$"""{"version":"1.0","model":{{model}}}""").Load().Ids(text);
    }

    private static string Bytes(int first) => string.Join(',', Enumerable.Range(0, 256).Select(value => $"\"<0x{value:X2}>\":{first + value}"));

    [Theory]
    [InlineData("abab", new[] { 4, 4 })]
    [InlineData("aab", new[] { 0, 4 })]
    [InlineData("abc", new[] { 5 })]
    [InlineData("bca", new[] { 3, 0 })]
    public void Bpe_joins_the_earliest_learned_pair_first(string text, int[] expected) =>
        Ids("""{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"bc":3,"ab":4,"abc":5},"merges":["a b","b c","ab c"]}""", text).ShouldBe(expected);

    [Fact]
    public void Bpe_leaves_out_what_it_does_not_know_without_an_unknown_token() =>
        Ids("""{"type":"BPE","vocab":{"a":0},"merges":[]}""", "a?a").ShouldBe([0, 0]);

    [Theory]
    [InlineData("false", new[] { 0, 1, 1, 0 })]
    [InlineData("true", new[] { 0, 1, 0 })]
    public void Bpe_may_fuse_unknown_neighbours(string fuse, int[] expected) =>
        Ids($$"""{"type":"BPE","vocab":{"a":0,"?":1},"merges":[],"unk_token":"?","fuse_unk":{{fuse}}}""", "axya").ShouldBe(expected);

    [Fact]
    public void Bpe_may_fall_back_to_bytes() =>
        Ids($$"""{"type":"BPE","vocab":{"a":0,{{Bytes(1)}}},"merges":[],"byte_fallback":true}""", "aé").ShouldBe([0, 1 + 0xC3, 1 + 0xA9]);

    [Fact]
    public void Bpe_may_keep_a_whole_token_that_no_merge_makes() =>
        Ids("""{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[],"ignore_merges":true}""", "ab").ShouldBe([2]);

    [Fact]
    public void Bpe_marks_the_inside_and_the_end_of_words() =>
        Ids("""{"type":"BPE","vocab":{"a":0,"##b":1,"##b</w>":2,"ab</w>":3,"a##b":4,"ab":5},"merges":[["a","##b</w>"],["a","##b"]],"continuing_subword_prefix":"##","end_of_word_suffix":"</w>"}""", "abb")
            .ShouldBe([5, 2]);

    [Fact]
    public void Bpe_takes_a_long_word_in_its_stride()
    {
        var ids = Ids("""{"type":"BPE","vocab":{"a":0,"aa":1,"aaaa":2},"merges":["a a","aa aa"]}""", new string('a', 400_001));

        ids.Length.ShouldBe(100_001);
        ids[^1].ShouldBe(0);
    }

    [Theory]
    [InlineData("ab", new[] { 3 })]
    [InlineData("abab", new[] { 3, 3 })]
    [InlineData("a??b", new[] { 1, 0, 2 })]
    public void Unigram_takes_the_best_path_and_fuses_what_is_unknown(string text, int[] expected) =>
        Ids("""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-2],["b",-2],["ab",-3]]}""", text).ShouldBe(expected);

    [Fact]
    public void Unigram_may_fall_back_to_bytes()
    {
        var bytes = string.Join(',', Enumerable.Range(0, 256).Select(value => $"[\"<0x{value:X2}>\",0]"));

        Ids($$"""{"type":"Unigram","unk_id":0,"byte_fallback":true,"vocab":[["<unk>",0],["a",-2],{{bytes}}]}""", "aé").ShouldBe([1, 2 + 0xC3, 2 + 0xA9]);
    }

    [Fact]
    public void A_file_without_a_model_type_is_told_by_its_members() =>
        Ids("""{"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}""", "ab").ShouldBe([2]);

    [Fact]
    public void Xlm_roberta_numbers_the_pieces_of_its_model_again()
    {
        using var folder = SentencePieceFolder("<unk>", "<s>", "</s>", "▁a", "b");
        folder.Write("tokenizer_config.json", """{"tokenizer_class":"XLMRobertaTokenizerFast","model_max_length":512}""");
        var tokenizer = folder.Load();

        tokenizer.Ids("ab <mask> ?").ShouldBe([0, 4, 5, 6, 3, 2]);
        tokenizer.PadId.ShouldBe(1);
        tokenizer.VocabularySize.ShouldBe(7);
        tokenizer.MaxTokens.ShouldBe(512);
    }

    [Fact]
    public void A_model_whose_numbering_is_not_known_is_refused()
    {
        using var folder = SentencePieceFolder("<unk>", "<s>", "</s>", "▁a", "b");

        Should.Throw<IngestException>(() => folder.Load()).Message.ShouldContain("tokenizer_class: none");
    }

    // The protobuf of a Unigram model: pieces of a score of -1, the first the unknown one.
    private static TokenizerFolderFixture SentencePieceFolder(params ReadOnlySpan<string> pieces)
    {
        var folder = new TokenizerFolderFixture();
        using var file = File.Create(Path.Combine(folder.Path, "spiece.model"));
        for (var id = 0; id < pieces.Length; id++)
        {
            var text = System.Text.Encoding.UTF8.GetBytes(pieces[id]);
            var type = id == 0 ? 2 : id < 3 ? 3 : 1;
            byte[] message = [0x0A, (byte)text.Length, .. text, 0x15, .. BitConverter.GetBytes(-1f), 0x18, (byte)type];
            file.Write([0x0A, (byte)message.Length, .. message]);
        }

        return folder;
    }
}
