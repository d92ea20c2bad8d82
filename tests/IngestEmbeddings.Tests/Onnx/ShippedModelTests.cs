using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>The model that the build makes: the right one, and able to find by meaning.</summary>
[Slow]
public sealed class ShippedModelTests
{
    private const double Exact = 1e-5;

    /// <summary>What the quantizer of today reaches on sentences.</summary>
    private const double NearEnough = 0.96;

    [Fact]
    public async Task Its_vectors_are_those_of_transformers_js_on_the_same_graph()
    {
        var golden = File.ReadLines(Repository.PathOf("tests", "IngestEmbeddings.Tests", "Golden", "models", ShippedModel.Name + ".jsonl"))
            .Select(static line => JsonDocument.Parse(line).RootElement)
            .Select(static row => (Text: row.GetProperty("text").GetString()!, Vector: MemoryMarshal.Cast<byte, float>(row.GetProperty("vector").GetBytesFromBase64()).ToArray()))
            .ToArray();

        var vectors = await EncodeAsync("fp32", [.. golden.Select(static row => row.Text)]);

        golden.Length.ShouldBe(20);
        for (var i = 0; i < golden.Length; i++)
        {
            Enumerable.Range(0, vectors[i].Length).Max(k => Math.Abs(vectors[i][k] - golden[i].Vector[k])).ShouldBeLessThan((float)Exact, golden[i].Text);
        }
    }

    [Fact]
    public async Task Its_int8_graph_is_near_its_fp32_one()
    {
        string[] texts = ["The nurse changed the bandage.", "A storm is coming over the sea.", "The court found the accused guilty."];

        var exact = await EncodeAsync("fp32", texts);
        var rough = await EncodeAsync("int8", texts);

        for (var i = 0; i < texts.Length; i++)
        {
            TensorPrimitives.CosineSimilarity<float>(exact[i], rough[i]).ShouldBeGreaterThan((float)NearEnough);
        }
    }

    [Fact]
    public void Its_folder_says_what_sentence_transformers_says_of_it()
    {
        var folder = ModelFolder.Open(ModelFinder.Find(ShippedModel.Name));

        folder.Pooling.ShouldBe(Pooling.Mean);
        folder.PoolingStated.ShouldBeTrue();
        folder.Normalized.ShouldBeTrue();
        folder.MaxTokens.ShouldBe(256);
        folder.DocumentPrompt.ShouldBeEmpty();
        ModelCard.TryRead(folder.Path).ShouldNotBeNull().License.ShouldBe("apache-2.0");
        folder.GraphPaths.Select(Path.GetFileName).ShouldBe(["model.onnx", "model_int8.onnx"]);
    }

    /// <summary>Each query shares no word with the sentence that it finds but such as "the" and "in".</summary>
    [Theory]
    [InlineData("fp32")]
    [InlineData("int8")]
    public async Task A_search_of_the_sample_finds_by_meaning(string precision)
    {
        (string Query, string Found)[] searches =
        [
            ("burglars were caught by officers", "Police arrested two thieves outside the bank."),
            ("a physician fixing a fracture", "The surgeon repaired a broken bone."),
            ("felines resting beneath furniture", "Two cats sleep under the table."),
            ("global warming melts ice", "The glacier shrinks a little every summer."),
            ("wedding ceremony", "The couple got married in a small chapel."),
            ("renewable energy", "Solar panels turn daylight into electricity."),
            ("my cellphone needs charging", "The phone's battery is almost empty."),
            ("football match victory", "The striker scored the winning goal in the final minute."),
            ("airport weather problems", "The plane was delayed because of fog."),
            ("pricey supermarket food", "Inflation makes groceries more expensive."),
        ];
        var texts = File.ReadLines(Repository.PathOf("samples", "sentences.tsv")).Skip(1).Select(static line => line.Split('\t')[1]).ToArray();
        var vectors = await EncodeAsync(precision, texts);
        var queries = await EncodeAsync(precision, [.. searches.Select(static search => search.Query)]);

        for (var i = 0; i < searches.Length; i++)
        {
            var nearest = Enumerable.Range(0, texts.Length).OrderByDescending(row => TensorPrimitives.Dot<float>(queries[i], vectors[row])).Take(3);
            nearest.Select(row => texts[row]).ShouldContain(searches[i].Found, searches[i].Query);
        }
    }

    private static async Task<float[][]> EncodeAsync(string precision, string[] texts)
    {
        await using var encoder = OnnxEncoderFactory.Create(
            new OnnxEncoderOptions { Model = ShippedModel.Name, Precision = precision, TokenBudget = 2048, Threads = Environment.ProcessorCount });
        var block = new VectorBlock(texts.Length, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, block, CancellationToken.None);
        return [.. Enumerable.Range(0, texts.Length).Select(row => block.Row(row).ToArray())];
    }
}
