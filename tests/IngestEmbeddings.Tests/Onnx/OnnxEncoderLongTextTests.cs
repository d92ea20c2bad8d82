using System.Numerics.Tensors;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Quantizing;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>The mean of a long text's windows, against a plain computation of it. The model takes 16 tokens, two of them special.</summary>
public sealed class OnnxEncoderLongTextTests
{
    private static readonly BertShape Shape = BertShape.Tiny with { Positions = 16 };

    [Theory]
    [InlineData("", 14)]
    [InlineData("passage: ", 12)]
    public async Task A_long_text_has_the_mean_of_its_windows(string prefix, int room)
    {
        using var folder = new ModelFolderFixture(Shape);
        await using var mean = folder.Encoder(longTexts: LongTextMode.Mean, prefix: prefix);
        await using var cut = folder.Encoder(prefix: prefix);
        var letters = Letters(45);

        var vector = (await ModelFolderFixture.EncodeAsync(mean, string.Join(' ', letters)))[0];

        var windows = letters.Chunk(room).ToList();
        var vectors = await ModelFolderFixture.EncodeAsync(cut, [.. windows.Select(static window => string.Join(' ', window))]);
        var expected = new float[vector.Length];
        for (var i = 0; i < expected.Length; i++)
        {
            expected[i] = windows.Zip(vectors).Sum(pair => pair.First.Length * pair.Second[i]);
        }

        TensorPrimitives.Divide(expected, TensorPrimitives.Norm<float>(expected), expected);
        TensorPrimitives.Distance(vector, expected).ShouldBeLessThan(1e-5f);
        TensorPrimitives.Norm<float>(vector).ShouldBe(1, 1e-5);
        mean.Counters.TruncatedRows.ShouldBe(0);
        cut.Counters.TruncatedRows.ShouldBe(0);
    }

    [Fact]
    public async Task Texts_that_fit_have_the_vectors_that_they_had()
    {
        using var folder = new ModelFolderFixture(Shape);
        await using var mean = folder.Encoder(longTexts: LongTextMode.Mean);
        await using var cut = folder.Encoder();
        string[] texts = [.. Enumerable.Range(1, 14).Select(static count => string.Join(' ', Letters(count)))];

        var vectors = await ModelFolderFixture.EncodeAsync(mean, texts);

        vectors.ShouldBe(await ModelFolderFixture.EncodeAsync(cut, texts));
    }

    [Fact]
    public async Task A_long_text_has_the_same_bits_alone_and_in_company()
    {
        using var folder = new ModelFolderFixture(Shape);
        await ModelQuantizer.QuantizeAsync(
            folder.Path, ModelFolderFixture.Texts(60), new QuantizationOptions { Force = true }, TestContext.Current.CancellationToken);
        await using var encoder = folder.Encoder("int8", longTexts: LongTextMode.Mean);
        string[] texts = [.. Enumerable.Range(1, 60).Select(static count => string.Join(' ', Letters(count)))];

        var together = await ModelFolderFixture.EncodeAsync(encoder, texts);

        foreach (var (text, vector) in texts.Zip(together))
        {
            (await ModelFolderFixture.EncodeAsync(encoder, text))[0].ShouldBe(vector);
        }
    }

    [Fact]
    public async Task The_fingerprint_tells_it_and_that_of_an_encoder_that_cuts_stays()
    {
        using var folder = new ModelFolderFixture(Shape);
        await using var mean = folder.Encoder(longTexts: LongTextMode.Mean);
        await using var cut = folder.Encoder();

        cut.Description.Fingerprint.ShouldMatch("^[0-9a-f]{64}$");
        mean.Description.Fingerprint.ShouldBe("mean:" + cut.Description.Fingerprint);
    }

    private static string[] Letters(int count) => [.. Enumerable.Range(0, count).Select(static i => ((char)('a' + (i * i % 26))).ToString())];
}
