using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Tests.Onnx.Tokenizers;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>A whole model folder with a tiny BERT of random weights and a WordPiece tokenizer of single letters.</summary>
internal sealed class ModelFolderFixture : IDisposable
{
    private static readonly string[] Words =
    [
        .. Enumerable.Range('a', 26).Select(static letter => ((char)letter).ToString()),
        .. Enumerable.Range('a', 26).Select(static letter => "##" + (char)letter),
        "the", "of", "and", "sea", "land", ".", ",", ":", "passage",
    ];

    private readonly TokenizerFolderFixture _files = new();

    public ModelFolderFixture(BertShape? shape = null, Pooling pooling = Pooling.Mean, bool normalize = true)
    {
        _files.Write(TokenizerFolderFixture.Bert(Words));
        shape ??= BertShape.Tiny;
        Shape = shape with { Vocabulary = Math.Max(shape.Vocabulary, Words.Length + 4) };
        ModelFiles.Write(Path, Shape, pooling, normalize);
    }

    public string Path => _files.Path;

    public BertShape Shape { get; }

    public string GraphPath => System.IO.Path.Combine(Path, "onnx", "model.onnx");

    /// <summary>Texts of very different lengths.</summary>
    public static string[] Texts(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => string.Join(' ', Enumerable.Range(0, (i * 7 % 40) + 1).Select(j => Words[(i + (j * j)) % 26] + Words[(i * j) % 26])))];

    public ModelFolderFixture Write(string name, object content)
    {
        ModelFiles.WriteJson(Path, name, content);
        return this;
    }

    public ModelEncoder Encoder(string precision = "fp32", int? budget = 512, int? dimensions = null,
        LongTextMode longTexts = LongTextMode.Cut, string? prefix = null) =>
        OnnxEncoderFactory.Create(new OnnxEncoderOptions
        {
            Model = Path, Precision = precision, TokenBudget = budget, Dimensions = dimensions, LongTexts = longTexts, Prefix = prefix,
        });

    /// <summary>The vectors of texts; fails when one has none.</summary>
    public static async Task<float[][]> EncodeAsync(ModelEncoder encoder, params IReadOnlyList<string> texts)
    {
        var block = new VectorBlock(texts.Count, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, block, CancellationToken.None);
        return [.. Enumerable.Range(0, texts.Count).Select(i => block.IsEncoded(i)
            ? block.Row(i).ToArray()
            : throw new InvalidOperationException($"Text {i}: {block.Failure(i) ?? "not encoded"}"))];
    }

    public void Dispose() => _files.Dispose();
}
