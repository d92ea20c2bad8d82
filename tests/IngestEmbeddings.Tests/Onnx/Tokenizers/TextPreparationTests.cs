using IngestEmbeddings.Onnx.Tokenizers.Pipeline;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

/// <summary>What sentence-transformers does with a text before the tokenizer sees it.</summary>
public sealed class TextPreparationTests
{
    private const string Modules = """[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}]""";

    // Spaces are tokens of this model, so that it shows whether they are there.
    private const string Tokenizer = """{"version":"1.0","model":{"type":"BPE","vocab":{"a":0,"b":1," ":2,"A":3,"\u001c":4},"merges":[]}}""";

    [Theory]
    [InlineData(null, null, " a b\u001c", new[] { 2, 0, 2, 1, 4 })]
    [InlineData(Modules, null, " a b\u001c", new[] { 0, 2, 1 })]
    [InlineData(Modules, """{"do_lower_case":true}""", " A b ", new[] { 0, 2, 1 })]
    [InlineData(Modules, """{"do_lower_case":false}""", " A b ", new[] { 3, 2, 1 })]
    [InlineData(null, """{"do_lower_case":true}""", "A", new[] { 3 })]
    public void A_folder_with_modules_strips_each_text_and_lowers_it_where_it_says_so(string? modules, string? sentence, string text, int[] expected)
    {
        using var folder = new TokenizerFolderFixture();
        folder.Write("tokenizer.json", Tokenizer);
        if (modules is not null)
        {
            folder.Write("modules.json", modules);
        }

        if (sentence is not null)
        {
            folder.Write("sentence_bert_config.json", sentence);
        }

        folder.Load().Ids(text).ShouldBe(expected);
    }

    // The values are those of Python 3.
    [Theory]
    [InlineData("ΟΔΟΣ ΣΑΣ. Σ ΑΣ'Σ", "οδος σας. σ ασ'ς")]
    [InlineData("Σ1 ΑΣ\u0301Β Α\u00ADΣ", "σ1 ασ\u0301β α\u00adς")]
    [InlineData("İSTANBUL Kelvin ẞ ǅ", "i\u0307stanbul kelvin ß ǆ")]
    public void Lower_case_is_that_of_python(string text, string expected)
    {
        var output = new CharBuffer();
        PythonText.AppendLower(text, output);
        output.Written.ToString().ShouldBe(expected);
    }
}
