using System.Numerics.Tensors;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Tests.Support;
using Microsoft.Extensions.AI;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

public sealed class OnnxEmbeddingGeneratorTests : IClassFixture<OnnxEmbeddingGeneratorTests.Loaded>
{
    private readonly OnnxEmbeddingGenerator _generator;

    public OnnxEmbeddingGeneratorTests(Loaded loaded) => _generator = loaded.Generator;

    [Fact]
    public async Task The_example_of_the_documentation_runs_as_it_stands()
    {
        using var output = new StringWriter();

        // The example begins.
        using IEmbeddingGenerator<string, Embedding<float>> generator = OnnxEmbeddingGenerator.Load("all-MiniLM-L6-v2");
        string[] documents = ["Two cats sleep under the table.", "The striker scored in the final minute.", "Bake the cake for forty minutes."];
        var stored = await generator.GenerateAsync(documents);
        var query = (await generator.GenerateAsync(["a football match"], OnnxEmbeddingGenerator.ForQueries()))[0];
        foreach (var (document, embedding) in documents.Zip(stored))
        {
            output.WriteLine($"{TensorPrimitives.CosineSimilarity(query.Vector.Span, embedding.Vector.Span):0.00}  {document}");
        }

        // The example ends.
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Max(StringComparer.Ordinal).ShouldNotBeNull().ShouldEndWith("The striker scored in the final minute.");
        Documented().ShouldBe(InThisFile());
    }

    [Fact]
    public async Task Several_threads_get_the_vectors_that_one_gets()
    {
        var texts = Enumerable.Range(0, 40).Select(static i => $"Sentence number {i} about the weather.").ToArray();
        var alone = await _generator.GenerateAsync(texts);

        var together = await Task.WhenAll(texts.Select(text => _generator.GenerateAsync([text])));

        for (var i = 0; i < texts.Length; i++)
        {
            TensorPrimitives.Distance(alone[i].Vector.Span, together[i][0].Vector.Span).ShouldBeLessThan(1e-4f);
        }

        alone.Usage.ShouldNotBeNull().InputTokenCount.ShouldNotBeNull().ShouldBeGreaterThan(200);
    }

    [Fact]
    public void It_says_what_it_is()
    {
        var metadata = _generator.GetService<EmbeddingGeneratorMetadata>().ShouldNotBeNull();

        metadata.DefaultModelId.ShouldBe(ShippedModel.Name);
        metadata.DefaultModelDimensions.ShouldBe(384);
        _generator.GetService<IEncoder>().ShouldNotBeNull().Description.Fingerprint.Length.ShouldBe(64);
        _generator.GetService<OnnxEmbeddingGenerator>().ShouldBe(_generator);
        _generator.GetService<string>().ShouldBeNull();
    }

    [Fact]
    public async Task Dimensions_that_the_model_does_not_make_are_refused()
    {
        await Should.ThrowAsync<ArgumentException>(() => _generator.GenerateAsync(["x"], new EmbeddingGenerationOptions { Dimensions = 7 }));
        (await _generator.GenerateAsync(["x"], new EmbeddingGenerationOptions { Dimensions = 384 })).Count.ShouldBe(1);
        (await _generator.GenerateAsync([])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancelling_ends_a_call_with_an_exception()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => _generator.GenerateAsync(["x"], cancellationToken: stop.Token));
    }

    [Fact]
    public async Task The_role_reaches_the_encoder()
    {
        var encoder = new RoleEncoder();
        using var generator = new OnnxEmbeddingGenerator(encoder);

        await generator.GenerateAsync(["x"]);
        await generator.GenerateAsync(["x"], OnnxEmbeddingGenerator.ForQueries());

        encoder.Roles.ShouldBe([TextRole.Document, TextRole.Query]);
    }

    private static string[] Documented()
    {
        var page = File.ReadAllText(Repository.PathOf("docs", "models.md"));
        return Lines(page.Split("## In your own program\n")[1].Split("```csharp\n")[1].Split("```")[0]
            .Replace("Console.WriteLine", "output.WriteLine", StringComparison.Ordinal));
    }

    private static string[] InThisFile() => Lines(File.ReadAllText(
        Repository.PathOf("tests", "IngestEmbeddings.Tests", "Onnx", "OnnxEmbeddingGeneratorTests.cs"))
        .Split("// The example begins.\n")[1].Split("// The example ends.")[0]);

    private static string[] Lines(string code) =>
        [.. code.Split('\n').Select(static line => line.Trim()).Where(static line => line.Length > 0)];

    public sealed class Loaded : IDisposable
    {
        public OnnxEmbeddingGenerator Generator { get; } = OnnxEmbeddingGenerator.Load(new OnnxEncoderOptions { Model = ShippedModel.Name, Precision = "fp32" });

        public void Dispose() => Generator.Dispose();
    }

    private sealed class RoleEncoder : IEncoder
    {
        public List<TextRole> Roles { get; } = [];

        public EncoderDescription Description { get; } = new() { Model = "roles", Dimension = 1, Fingerprint = "roles" };

        public EncoderCounters Counters => default;

        public ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
        {
            Roles.Add(role);
            vectors.MarkEncoded(0);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
