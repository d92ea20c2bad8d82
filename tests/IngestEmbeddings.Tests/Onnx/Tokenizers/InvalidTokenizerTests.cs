using System.Text.Json.Nodes;
using CsCheck;
using IngestEmbeddings.Onnx.Tokenizers;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>Every way to be wrong is an error of the configuration that names the file and the part.</summary>
public sealed class InvalidTokenizerTests
{
    private const string Unigram = """{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",-1.5]]}""";
    private const string Bpe = """{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}""";

    [Theory]
    [InlineData("normalizer", """{"type":"Rot13"}""", "normalizer.type", "Rot13")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Rot13"}]}""", "normalizer.normalizers[1].type", "Rot13")]
    [InlineData("normalizer", """{"type":"Lowercase","locale":"tr"}""", "normalizer.locale", "not known")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"AAAA"}""", "normalizer.precompiled_charsmap", "damaged")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"\\b"},"content":""}""", "normalizer.pattern.Regex", "\\b")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"(a"},"content":""}""", "normalizer.pattern.Regex", "(a")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Glob":"*"},"content":""}""", "normalizer.pattern", "neither")]
    [InlineData("normalizer", "7", "normalizer", "should be an object")]
    [InlineData("pre_tokenizer", """{"type":"Rot13"}""", "pre_tokenizer.type", "Rot13")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"Eaten"}""", "pre_tokenizer.behavior", "Eaten")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","prepend_scheme":"last"}""", "pre_tokenizer.prepend_scheme", "last")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "pre_tokenizer.replacement", "__")]
    [InlineData("post_processor", """{"type":"Lottery"}""", "post_processor.type", "Lottery")]
    [InlineData("post_processor", """{"type":"BertProcessing","sep":["[SEP]",9],"cls":["[CLS]",2]}""", "post_processor.sep", "9")]
    [InlineData("post_processor", """{"type":"BertProcessing","sep":["[END]",3],"cls":["[CLS]",2]}""", "post_processor.sep", "[END]")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[],"special_tokens":{}}""", "post_processor.single", "leaves out")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B","type_id":0}}]}""", "post_processor.single[0]", "neither")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[X]","type_id":0}}]}""", "post_processor.single[0].SpecialToken.id", "[X]")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":1}}]}""", "post_processor.single[0].Sequence.type_id", "1")]
    [InlineData("added_tokens", """[{"id":9,"content":"[CLS]","special":true}]""", "added_tokens[0].id", "9")]
    [InlineData("added_tokens", """[{"id":-1,"content":"x","special":true}]""", "added_tokens[0].id", "negative")]
    [InlineData("added_tokens", """[{"id":9,"content":"x"},{"id":9,"content":"x"}]""", "added_tokens[1].content", "twice")]
    [InlineData("model", """{"type":"Lottery","vocab":{}}""", "model.type", "Lottery")]
    [InlineData("model", """{"type":"WordLevel","vocab":{"a":0},"unk_token":"?"}""", "model.unk_token", "?")]
    [InlineData("model", """{"type":"WordPiece"}""", "model.vocab", "missing")]
    [InlineData("model", """{"type":"WordPiece","vocab":{}}""", "model.vocab", "empty")]
    [InlineData("model", """{"type":"WordPiece","vocab":{"[UNK]":"one"}}""", "model.vocab.[UNK]", "one")]
    [InlineData("model", """{"type":"WordPiece","vocab":{"a":1,"a":2}}""", "model.vocab.a", "twice")]
    [InlineData("model", """{"type":"WordPiece","vocab":{"\ud800":1}}""", "model", "surrogate")]
    [InlineData("model", """{"type":"WordPiece","vocab":{"a":1}}""", "model.unk_token", "[UNK]")]
    [InlineData("model", """{"type":"Unigram","unk_id":7,"vocab":[["a",0]]}""", "model.unk_id", "7")]
    [InlineData("model", """{"type":"Unigram","unk_id":null,"vocab":[["a",0]]}""", "model.unk_id", "missing")]
    [InlineData("model", """{"type":"Unigram","unk_id":0,"vocab":[["a"]]}""", "model.vocab[0]", "score")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a b"]}""", "model.merges[0]", "'b'")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a"]}""", "model.merges[0]", "two tokens")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}""", "model.dropout", "0.1")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"?"}""", "model.unk_token", "?")]
    [InlineData("version", "\"2.0\"", "version", "2.0")]
    [InlineData("truncation", """{"direction":"Middle"}""", "truncation.direction", "Middle")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"\\p{Han}"},"content":""}""", "normalizer.pattern.Regex", "Han")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"[[:alpha:]]"},"content":""}""", "normalizer.pattern.Regex", "POSIX")]
    [InlineData("truncation", """{"strategy":"OnlySecond","max_length":5,"stride":0}""", "truncation.strategy", "one text")]
    [InlineData("surprise", "{}", "surprise", "not known")]
    public void A_part_that_is_not_understood_is_named(string member, string json, string place, string what)
    {
        var tokenizer = TokenizerFolderFixture.Bert("a");
        // Text, not nodes: some of these are what a JSON library would not write.
        tokenizer.Remove(member);
        var text = tokenizer.ToJsonString().Insert(1, $"\"{member}\":{json},");
        using var folder = new TokenizerFolderFixture();

        var fault = Should.Throw<IngestException>(() => folder.Write("tokenizer.json", text).Load());

        fault.Error.ShouldBe(IngestError.Configuration);
        fault.Message.ShouldContain($"tokenizer.json: {place}:");
        fault.Message.ShouldContain(what);
    }

    [Theory]
    [InlineData("tokenizer.json", """{"version":"1.0","model":{""")]
    [InlineData("tokenizer.json", "")]
    [InlineData("tokenizer.json", "version https://git-lfs.github.com/spec/v1")]
    [InlineData("tokenizer_config.json", "{")]
    [InlineData("special_tokens_map.json", "[")]
    [InlineData("sentencepiece.bpe.model", "\n\u0005abc")]
    [InlineData("sentencepiece.bpe.model", "version https://git-lfs.github.com/spec/v1")]
    [InlineData("sentencepiece.bpe.model", "")]
    public void A_truncated_or_foreign_file_is_named(string name, string content)
    {
        using var folder = new TokenizerFolderFixture();

        var fault = Should.Throw<IngestException>(() => folder.Write(name, content).Load());

        fault.Error.ShouldBe(IngestError.Configuration);
        fault.Message.ShouldContain(Path.Combine(folder.Path, name));
    }

    [Fact]
    public void Half_of_a_sentencepiece_model_is_refused()
    {
        var bytes = File.ReadAllBytes(TokenizerParsing.Golden("sentencepiece-bpe", "sentencepiece.bpe.model"));
        using var folder = new TokenizerFolderFixture();
        File.WriteAllBytes(Path.Combine(folder.Path, "sentencepiece.bpe.model"), bytes[..(bytes.Length / 2)]);

        Should.Throw<IngestException>(() => folder.Load()).Message.ShouldContain("cut off");
    }

    [Theory]
    [InlineData("wordpiece", "tokenizer.json")]
    [InlineData("byte-level-split", "tokenizer.json")]
    [InlineData("unigram", "tokenizer.json")]
    [InlineData("sentencepiece-unigram", "sentencepiece.bpe.model")]
    [InlineData("sentencepiece-bpe", "sentencepiece.bpe.model")]
    public void A_damaged_file_is_refused_or_still_gives_ids_for_any_text(string kind, string name)
    {
        var original = File.ReadAllBytes(TokenizerParsing.Golden(kind, name));
        // Most damage is done where the parts are described, at the two ends.
        var places = Gen.OneOf(Gen.Int[0, original.Length - 1], Gen.Int[0, 600], Gen.Int[original.Length - 600, original.Length - 1]);
        using var folder = new TokenizerFolderFixture();
        var path = Path.Combine(folder.Path, name);

        Gen.Select(places, Gen.Byte).Array[1, 3].Sample(
            damage =>
            {
                var bytes = original.ToArray();
                foreach (var (place, value) in damage)
                {
                    bytes[place] = value;
                }

                File.WriteAllBytes(path, bytes);
                try
                {
                    folder.Load().Ids("The café ﬁne 字 😀 [SEP] <s> 12\r\n\uD800");
                }
                catch (IngestException fault)
                {
                    fault.Message.ShouldContain(path);
                }
            },
            iter: 150,
            threads: 1);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_says_what_it_lacks()
    {
        using var folder = new TokenizerFolderFixture();

        Should.Throw<IngestException>(() => folder.Load()).Message.ShouldContain("expected tokenizer.json");
    }

    [Fact]
    public void A_folder_that_does_not_exist_says_so_too() =>
        Should.Throw<IngestException>(() => HuggingFaceTokenizer.Load("/no/such/folder")).Error.ShouldBe(IngestError.Configuration);

    [Theory]
    [InlineData(Unigram)]
    [InlineData(Bpe)]
    public void The_small_models_of_these_tests_are_right_but_for_the_fault(string model)
    {
        using var folder = new TokenizerFolderFixture();
        var tokenizer = new JsonObject { ["version"] = "1.0", ["model"] = JsonNode.Parse(model) };

        folder.Write(tokenizer).Load().Ids("a").Length.ShouldBe(1);
    }
}
