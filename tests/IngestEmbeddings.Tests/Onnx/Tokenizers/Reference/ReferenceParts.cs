namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>A normalizer and a pre-tokenizer of the library: gives the pieces that they make of a text.</summary>
/// <remarks>The model has no token but the 256 bytes and marks the end of each piece, so that its ids spell the pieces.</remarks>
internal sealed class ReferenceParts : IDisposable
{
    /// <summary>Ends each piece; texts that hold it cannot be asked for.</summary>
    public const char End = '\uF8FF';

    private static readonly string Vocabulary = string.Join(',', Enumerable.Range(0, 256).Select(value => $"\"<0x{value:X2}>\":{value}"));

    private readonly string _file = Path.GetTempFileName();
    private readonly ReferenceTokenizer _tokenizer;

    /// <param name="normalizer">JSON; null for none.</param>
    /// <param name="preTokenizer">JSON; null for none.</param>
    public ReferenceParts(string? normalizer = null, string? preTokenizer = null)
    {
        File.WriteAllText(_file, $$$"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{{{normalizer ?? "null"}}},
             "pre_tokenizer":{{{preTokenizer ?? "null"}}},"post_processor":null,"decoder":null,
             "model":{"type":"BPE","byte_fallback":true,"end_of_word_suffix":"{{{End}}}","vocab":{{{{Vocabulary}}}},"merges":[]}}
            """);
        _tokenizer = new ReferenceTokenizer(_file);
    }

    /// <summary>The pieces of a text.</summary>
    public string[] Pieces(string text) =>
        System.Text.Encoding.UTF8.GetString((byte[])[.. _tokenizer.Ids(text).Select(id => (byte)id)]).Split(End)[..^1];

    /// <summary>The whole text after the normalizer.</summary>
    public string Normalized(string text) => string.Concat(Pieces(text));

    public void Dispose()
    {
        _tokenizer.Dispose();
        File.Delete(_file);
    }
}
