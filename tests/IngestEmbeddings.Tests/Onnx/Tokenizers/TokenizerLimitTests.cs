using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Tests.Support;
using IngestEmbeddings.Tokenizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>What a hostile folder may cost: bounded time, memory and files.</summary>
[Slow]
public sealed class TokenizerLimitTests
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    // .NET takes the nested repetitions of the first two for one, which has the same matches; the others take exponential time.
    [Theory]
    [InlineData("(a+)+b", false)]
    [InlineData("(x+x+)+y", false)]
    [InlineData(@"(\w+\s?)*!$", true)]
    [InlineData("(a|aa)+!$", true)]
    public void A_text_that_takes_a_regular_expression_too_long_fails(string expression, bool isExponential)
    {
        var tokenizer = With("normalizer", Replace(expression));
        var watch = Stopwatch.StartNew();
        var encode = () => tokenizer.Ids(new string('a', 60) + "!b" + new string('x', 60) + "!y");

        if (isExponential)
        {
            Should.Throw<TokenizerException>(encode).Message.ShouldContain("regular expressions");
        }
        else
        {
            encode().ShouldNotBeEmpty();
        }

        watch.Elapsed.ShouldBeLessThan(MaxTime);
        tokenizer.Ids("a").ShouldBe([2, 4, 3]);
    }

    [Fact]
    public void A_text_that_the_normalizers_blow_up_fails()
    {
        var twice = string.Join(',', Enumerable.Repeat("""{"type":"Replace","pattern":{"String":"a"},"content":"aa"}""", 40));
        var tokenizer = With("normalizer", $$"""{"type":"Sequence","normalizers":[{{twice}}]}""");

        Should.Throw<TokenizerException>(() => tokenizer.Ids("aaa")).Message.ShouldContain("characters");

        tokenizer.Ids("b").ShouldBe([2, 1, 3]);
    }

    [Fact]
    public void A_text_that_the_pre_tokenizers_blow_up_fails()
    {
        var bytes = string.Join(',', Enumerable.Repeat("""{"type":"ByteLevel","add_prefix_space":false}""", 40));
        var tokenizer = With("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{{bytes}}]}""");

        Should.Throw<TokenizerException>(() => tokenizer.Ids("字")).Message.ShouldContain("characters");
    }

    [Fact]
    public void An_added_token_that_takes_too_long_is_a_fault_of_the_folder() =>
        Should.Throw<IngestException>(() => With("normalizer", Replace("(a|aa)+!$"), new string('a', 60) + "!b"))
            .Error.ShouldBe(IngestError.Configuration);

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    [InlineData("modules.json")]
    [InlineData("vocab.txt")]
    [InlineData("sentencepiece.bpe.model")]
    public void A_device_or_a_pipe_in_place_of_a_file_is_refused_at_once(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such files.");
        foreach (var kind in (string[])["device", "pipe"])
        {
            using var folder = new TokenizerFolderFixture();
            if (name is not ("tokenizer.json" or "vocab.txt" or "sentencepiece.bpe.model"))
            {
                folder.Write(TokenizerFolderFixture.Bert("a"));
            }

            var path = Path.Combine(folder.Path, name);
            if (kind == "device")
            {
                File.CreateSymbolicLink(path, "/dev/zero");
            }
            else
            {
                using var made = Process.Start("mkfifo", [path]);
                made.WaitForExit();
            }

            var watch = Stopwatch.StartNew();
            var load = Task.Run(() => folder.Load());
            Should.Throw<IngestException>(() => load.WaitAsync(MaxTime)).Message.ShouldContain(path);
            watch.Elapsed.ShouldBeLessThan(MaxTime);
        }
    }

    [Fact]
    public void A_file_is_read_up_to_its_stated_size()
    {
        using var folder = new TokenizerFolderFixture();
        var path = Path.Combine(folder.Write("a", "abc").Path, "a");

        RegularFile.ReadAllBytes(path, 3).ShouldBe("abc"u8.ToArray());
        Should.Throw<IngestException>(() => RegularFile.ReadAllBytes(path, 2)).Message.ShouldContain("at most 2");
        Should.Throw<IngestException>(() => RegularFile.ReadAllBytes(folder.Path, 2)).Message.ShouldContain(folder.Path);
        Should.Throw<IngestException>(() => RegularFile.ReadAllBytes(path + "x", 2)).Message.ShouldContain("no such file");
        RegularFile.ReadAllBytes(Path.Combine(folder.Write("empty", "").Path, "empty"), 3).ShouldBeEmpty();
    }

    private static string Replace(string expression) =>
        $$$"""{"type":"Replace","pattern":{"Regex":{{{JsonSerializer.Serialize(expression)}}}},"content":""}""";

    private static ITokenizer With(string member, string json, string? added = null)
    {
        var tokenizer = TokenizerFolderFixture.Bert("a");
        tokenizer[member] = JsonNode.Parse(json);
        if (added is not null)
        {
            tokenizer["added_tokens"]!.AsArray().Add(JsonNode.Parse($$"""{"id":99,"content":"{{added}}","normalized":true}"""));
        }

        using var folder = new TokenizerFolderFixture();
        return folder.Write(tokenizer).Load();
    }
}
