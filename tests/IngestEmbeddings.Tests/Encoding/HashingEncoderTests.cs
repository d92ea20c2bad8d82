using System.Numerics.Tensors;
using System.Text.Json;
using CsCheck;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Encoding;

public class HashingEncoderTests
{
    private static readonly Gen<string> Texts =
        Gen.OneOf(Gen.String, Gen.OneOf([.. HardTexts.Generate(2_000).Select(Gen.Const)]));

    [Fact]
    public void Gives_the_golden_vectors_bit_for_bit()
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "IngestEmbeddings.Tests", "Golden", "hashing.jsonl"));
        lines.Length.ShouldBeGreaterThan(20);
        foreach (var line in lines)
        {
            using var golden = JsonDocument.Parse(line);
            var text = golden.RootElement.GetProperty("text").GetString()!;
            Encode(text).ShouldBe(Components(golden.RootElement), $"the vector of '{text}'");
        }
    }

    [Fact]
    public async Task Agrees_with_the_reference_on_hard_texts_bit_for_bit()
    {
        var texts = HardTexts.Generate(2_000).Where(PythonReference.IsAssigned).ToList();
        var lines = await PythonReference.RunAsync("hashing.py", [], texts.Select(PythonReference.Quote));
        lines.Count.ShouldBe(texts.Count);
        var differences = new List<string>();
        for (var i = 0; i < texts.Count; i++)
        {
            using var expected = JsonDocument.Parse(lines[i]);
            if (expected.RootElement.GetProperty("unassigned").GetBoolean())
            {
                continue;
            }

            if (!Encode(texts[i]).AsSpan().SequenceEqual(Components(expected.RootElement)))
            {
                differences.Add(PythonReference.Quote(texts[i]));
            }
        }

        differences.Take(10).ShouldBeEmpty($"{differences.Count} of {texts.Count} vectors differ");
    }

    [Fact]
    public void Every_text_has_a_vector_of_length_one()
    {
        Texts.Sample(text => Math.Abs(TensorPrimitives.Norm<float>(Encode(text)) - 1) < 1e-5);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("?!")]
    [InlineData("😀")]
    public void A_text_without_words_has_one_component(string text)
    {
        Encode(text).Count(component => component != 0).ShouldBe(1);
    }

    [Fact]
    public void Texts_without_words_differ()
    {
        Encode("?!").ShouldNotBe(Encode("…"));
    }

    [Fact]
    public void Capitals_order_and_normalization_form_make_no_difference()
    {
        Encode("Mālama ka ʻāina").ShouldBe(Encode("ka ʻa\u0304ina MA\u0304LAMA"));
    }

    [Fact]
    public void Texts_that_share_parts_of_words_are_nearer_than_texts_that_do_not()
    {
        var text = Encode("the children were singing songs");
        var near = TensorPrimitives.Dot<float>(text, Encode("a child sings a song"));
        var far = TensorPrimitives.Dot<float>(text, Encode("market prices rose again"));
        near.ShouldBeGreaterThan(far + 0.1f);
    }

    [Fact]
    public async Task Encodes_a_list_in_order_and_leaves_the_rest_unmarked_when_it_is_to_stop()
    {
        await using var encoder = new HashingEncoder();
        var vectors = new VectorBlock(2, HashingEncoder.Dimension);
        await encoder.EncodeAsync(["one", "two"], TextRole.Document, vectors, TestContext.Current.CancellationToken);
        vectors.Row(0).ToArray().ShouldBe(Encode("one"));
        vectors.Row(1).ToArray().ShouldBe(Encode("two"));
        vectors.IsEncoded(1).ShouldBeTrue();

        var untouched = new VectorBlock(2, HashingEncoder.Dimension);
        await encoder.EncodeAsync(["one", "two"], TextRole.Document, untouched, new CancellationToken(canceled: true));
        untouched.IsEncoded(0).ShouldBeFalse();
    }

    [Fact]
    public async Task Describes_itself_the_same_in_every_process()
    {
        await using var encoder = new HashingEncoder();
        encoder.Description.Model.ShouldBe("builtin:hashing");
        encoder.Description.Dimension.ShouldBe(384);
        encoder.Description.Normalized.ShouldBeTrue();
        encoder.Description.DocumentPrompt.ShouldBeEmpty();
        encoder.Description.MaxTokens.ShouldBeNull();

        // Written out: columns filled by an earlier version hold it.
        encoder.Description.Fingerprint.ShouldBe("7c721351191c9eacc1da3b4e05bb16886f4e6f0e2fc3c029140bf4c220b241cd");
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        string[] texts = ["The quick brown fox.", "ma\u0304lama i ka ʻāina", "Москва 世界 𐐀𐐨 \uD800", "?!", new string('x', 5_000)];
        var vector = new float[HashingEncoder.Dimension];
        Allocations.SettleAtZero(() =>
        {
            foreach (var text in texts)
            {
                HashingEncoder.Encode(text, vector);
            }
        });
    }

    private static float[] Encode(string text)
    {
        var vector = new float[HashingEncoder.Dimension];
        HashingEncoder.Encode(text, vector);
        return vector;
    }

    private static float[] Components(JsonElement line)
    {
        var vector = new float[HashingEncoder.Dimension];
        foreach (var component in line.GetProperty("components").EnumerateObject())
        {
            vector[int.Parse(component.Name)] = component.Value.GetSingle();
        }

        return vector;
    }
}
