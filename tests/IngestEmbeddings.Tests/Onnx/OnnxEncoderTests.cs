using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

public sealed class OnnxEncoderTests
{
    [Theory]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Cls)]
    [InlineData(Pooling.Max)]
    [InlineData(Pooling.LastToken)]
    public async Task A_text_has_the_same_vector_alone_and_in_any_batch(Pooling pooling)
    {
        using var folder = new ModelFolderFixture(pooling: pooling);
        await using var encoder = folder.Encoder();
        var texts = ModelFolderFixture.Texts(200);

        var together = await ModelFolderFixture.EncodeAsync(encoder, texts);

        for (var i = 0; i < texts.Length; i++)
        {
            var alone = await ModelFolderFixture.EncodeAsync(encoder, texts[i]);
            TensorPrimitives.Distance(alone[0], together[i]).ShouldBeLessThan(1e-5f);
        }
    }

    [Fact]
    public async Task Vectors_come_back_in_the_order_of_the_texts()
    {
        using var folder = new ModelFolderFixture();
        await using var encoder = folder.Encoder();
        var texts = ModelFolderFixture.Texts(100);

        var forward = await ModelFolderFixture.EncodeAsync(encoder, texts);
        var backward = await ModelFolderFixture.EncodeAsync(encoder, [.. texts.Reverse()]);

        for (var i = 0; i < texts.Length; i++)
        {
            TensorPrimitives.Distance(forward[i], backward[^(i + 1)]).ShouldBeLessThan(1e-5f);
        }
    }

    [Fact]
    public async Task Each_pooling_gives_a_vector_of_its_own()
    {
        var vectors = new List<float[]>();
        foreach (var pooling in Enum.GetValues<Pooling>())
        {
            using var folder = new ModelFolderFixture(pooling: pooling);
            await using var encoder = folder.Encoder();
            vectors.AddRange(await ModelFolderFixture.EncodeAsync(encoder, "the sea and the land"));
        }

        for (var i = 0; i < vectors.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                TensorPrimitives.Distance(vectors[i], vectors[j]).ShouldBeGreaterThan(0.01f);
            }
        }
    }

    [Fact]
    public async Task A_ready_sentence_embedding_is_the_mean_that_is_otherwise_taken_here()
    {
        using var plain = new ModelFolderFixture();
        using var ready = new ModelFolderFixture(BertShape.Tiny with { Output = BertOutput.SentenceEmbedding });
        await AgreeAsync(plain, ready);
    }

    [Fact]
    public async Task Token_embeddings_are_another_name_of_the_last_hidden_state()
    {
        using var plain = new ModelFolderFixture();
        using var other = new ModelFolderFixture(BertShape.Tiny with { Output = BertOutput.TokenEmbeddings });
        await AgreeAsync(plain, other);
    }

    [Fact]
    public async Task Inputs_of_32_bits_work_like_those_of_64()
    {
        using var plain = new ModelFolderFixture();
        using var other = new ModelFolderFixture(BertShape.Tiny with { Int32Inputs = true });
        await AgreeAsync(plain, other);
    }

    [Fact]
    public async Task Positions_given_are_the_positions_that_the_graph_counts_itself()
    {
        using var plain = new ModelFolderFixture();
        using var other = new ModelFolderFixture(BertShape.Tiny with { TakesPositions = true });
        await AgreeAsync(plain, other);
    }

    [Fact]
    public async Task A_graph_without_token_types_works()
    {
        using var folder = new ModelFolderFixture(BertShape.Tiny with { TakesTokenTypes = false });
        await using var encoder = folder.Encoder();
        var vectors = await ModelFolderFixture.EncodeAsync(encoder, "the sea");
        TensorPrimitives.Norm<float>(vectors[0]).ShouldBe(1, 1e-5);
    }

    [Fact]
    public async Task A_16_bit_graph_gives_nearly_the_vectors_of_the_32_bit_one()
    {
        using var plain = new ModelFolderFixture();
        using var half = new ModelFolderFixture(BertShape.Tiny with { Half = true });
        await AgreeAsync(plain, half, 5e-3f, "fp16");
    }

    [Fact]
    public async Task Without_a_normalizing_module_vectors_keep_their_length()
    {
        using var folder = new ModelFolderFixture(normalize: false);
        await using var encoder = folder.Encoder();
        var vectors = await ModelFolderFixture.EncodeAsync(encoder, "the sea");

        encoder.Description.Normalized.ShouldBeFalse();
        MathF.Abs(TensorPrimitives.Norm<float>(vectors[0]) - 1).ShouldBeGreaterThan(0.01f);
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_first_ones_scaled_to_length_1()
    {
        using var folder = new ModelFolderFixture();
        await using var full = folder.Encoder();
        await using var cut = folder.Encoder(dimensions: 8);

        var whole = (await ModelFolderFixture.EncodeAsync(full, "the sea"))[0];
        var part = (await ModelFolderFixture.EncodeAsync(cut, "the sea"))[0];

        part.Length.ShouldBe(8);
        TensorPrimitives.Norm<float>(part).ShouldBe(1, 1e-5);
        TensorPrimitives.CosineSimilarity<float>(part, whole.AsSpan(0, 8)).ShouldBe(1, 1e-5);
        cut.Description.Fingerprint.ShouldNotBe(full.Description.Fingerprint);
    }

    [Fact]
    public void More_dimensions_than_the_model_has_are_refused()
    {
        using var folder = new ModelFolderFixture();
        Should.Throw<IngestException>(() => folder.Encoder(dimensions: 33)).Message.ShouldContain("32");
    }

    [Fact]
    public async Task Long_texts_are_cut_at_the_models_maximum_and_counted()
    {
        using var folder = new ModelFolderFixture(BertShape.Tiny with { Positions = 16 });
        await using var encoder = folder.Encoder();
        var words = string.Join(' ', Enumerable.Repeat("sea", 20));

        await ModelFolderFixture.EncodeAsync(encoder, words, "sea", words, words + " land");

        encoder.Counters.TruncatedRows.ShouldBe(3);
        encoder.Counters.LostTokens.ShouldBe(6 + 6 + 7);
        encoder.Counters.Rows.ShouldBe(4);
    }

    [Fact]
    public async Task The_prefix_reaches_the_model()
    {
        using var folder = new ModelFolderFixture();
        await using var plain = folder.Encoder();
        folder.Write("config_sentence_transformers.json", new { prompts = new { query = "the ", passage = "passage: " } });
        await using var prefixed = folder.Encoder();

        prefixed.Description.DocumentPrompt.ShouldBe("passage: ");
        var by = await ModelFolderFixture.EncodeAsync(prefixed, "sea");
        var hand = await ModelFolderFixture.EncodeAsync(plain, "passage: sea");
        TensorPrimitives.Distance(by[0], hand[0]).ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public async Task Workers_at_once_get_what_one_alone_gets()
    {
        using var folder = new ModelFolderFixture();
        await using var encoder = folder.Encoder();
        var texts = ModelFolderFixture.Texts(64);
        var expected = await ModelFolderFixture.EncodeAsync(encoder, texts);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ModelFolderFixture.EncodeAsync(encoder, texts)));

        foreach (var vectors in results)
        {
            for (var i = 0; i < texts.Length; i++)
            {
                TensorPrimitives.Distance(expected[i], vectors[i]).ShouldBeLessThan(1e-6f);
            }
        }
    }

    [Fact]
    public async Task A_graph_that_gives_nan_never_gets_past_the_gate()
    {
        using var folder = new ModelFolderFixture();
        var graph = BertGraph.Build(folder.Shape);
        var weights = graph.Graph.Initializer.Single(static tensor => tensor.Name == "embeddings.norm.bias");
        weights.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>([.. Enumerable.Repeat(float.NaN, folder.Shape.Hidden)]));
        ModelFiles.WriteGraph(folder.GraphPath, graph);
        await using var encoder = folder.Encoder();
        var gate = new VectorValidator(encoder.Description);

        foreach (var vector in await ModelFolderFixture.EncodeAsync(encoder, ModelFolderFixture.Texts(20)))
        {
            gate.TryAccept(vector, out var reason).ShouldBeFalse();
            reason.ShouldNotBeNull().ShouldContain("not a finite number");
        }

        Should.Throw<IngestException>(gate.ThrowIfTooMany).Error.ShouldBe(IngestError.Data);
    }

    [Fact]
    public async Task A_model_of_the_hub_cache_loads_through_its_links_with_weights_in_a_file_of_their_own()
    {
        using var plain = new ModelFolderFixture();
        await using var expected = plain.Encoder();
        using var cache = new HubCacheFixture(plain);
        await using var encoder = OnnxEncoderFactory.Create(
            new OnnxEncoderOptions { Model = ModelFinder.Find("org/name", cache.Variable), Precision = "fp32", TokenBudget = 512 });

        var left = await ModelFolderFixture.EncodeAsync(expected, "the sea");
        var right = await ModelFolderFixture.EncodeAsync(encoder, "the sea");

        TensorPrimitives.Distance(left[0], right[0]).ShouldBeLessThan(1e-6f);
    }

    private static async Task AgreeAsync(
        ModelFolderFixture one, ModelFolderFixture other, float tolerance = 1e-5f, string precision = "fp32")
    {
        await using var first = one.Encoder();
        await using var second = other.Encoder(precision);
        var texts = ModelFolderFixture.Texts(50);
        var left = await ModelFolderFixture.EncodeAsync(first, texts);
        var right = await ModelFolderFixture.EncodeAsync(second, texts);
        for (var i = 0; i < texts.Length; i++)
        {
            TensorPrimitives.Distance(left[i], right[i]).ShouldBeLessThan(tolerance);
        }
    }
}
