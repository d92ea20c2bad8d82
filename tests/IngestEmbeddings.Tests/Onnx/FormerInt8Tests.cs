using System.Runtime.InteropServices;
using System.Text.Json;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx;

/// <summary>An int8 graph that the version before wrote, with a scale for each call, loads and gives the vectors that it gave.</summary>
/// <remarks>The graph, of random weights, and its vectors were made by that version; each text by itself, because there they depended on company.</remarks>
public sealed class FormerInt8Tests
{
    private static readonly string Folder = Repository.PathOf("tests/IngestEmbeddings.Tests/Golden/models/former-int8");

    [Fact]
    public async Task Its_vectors_are_those_it_gave_and_its_fingerprint_is_its_own()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "vectors.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        await using var encoder = OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = Folder, Precision = "int8" });

        encoder.Description.Fingerprint.ShouldBe("ec5bceb7ca233ccdd1a5ad6b25ca6e4c14a2ca5e444b1b83ba0110bf9ebc993d");
        foreach (var line in lines)
        {
            var former = MemoryMarshal.Cast<byte, float>(line.GetProperty("vector").GetBytesFromBase64()).ToArray();
            var vector = (await ModelFolderFixture.EncodeAsync(encoder, line.GetProperty("text").GetString()!))[0];
            vector.Zip(former, static (now, then) => Math.Abs(now - then)).Max().ShouldBeLessThan(1e-6f);
        }
    }
}
