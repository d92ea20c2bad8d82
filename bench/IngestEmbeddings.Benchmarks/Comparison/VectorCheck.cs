using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx;
using IngestEmbeddings.Onnx.Folders;

namespace IngestEmbeddings.Benchmarks.Comparison;

/// <summary>Compares the vectors of model folders with those of transformers.js, text by text.</summary>
internal static class VectorCheck
{
    private const int Texts = 1000;
    private const double Wanted = 0.99999;

    public static async Task<int> RunAsync(string textsFile, string oracle, string[] folders)
    {
        var texts = TextFile.Read(textsFile, Texts);
        var work = Directory.CreateTempSubdirectory("ingest-vectors-").FullName;
        var failed = 0;
        try
        {
            var list = Path.Combine(work, "texts.json");
            await File.WriteAllTextAsync(list, System.Text.Json.JsonSerializer.Serialize(texts));
            foreach (var folder in folders)
            {
                var expected = Path.Combine(work, "vectors");
                var pooling = ModelFolder.Open(folder).Pooling;
                using (var child = new Child(oracle, folder, pooling.ToString()))
                {
                    await child.AskAsync($"{list}\t{expected}");
                }

                var cosines = await CompareAsync(folder, texts, await File.ReadAllBytesAsync(expected));
                failed += cosines[0] < Wanted ? 1 : 0;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(folder),-24} {pooling,-10} {texts.Length} texts  worst {cosines[0]:0.00000000}  mean {cosines.Average():0.00000000}  {(cosines[0] < Wanted ? "TOO FAR" : "ok")}"));
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return failed == 0 ? 0 : 6;
    }

    private static async Task<double[]> CompareAsync(string folder, string[] texts, byte[] expected)
    {
        await using var encoder = OnnxEncoderFactory.Create(new OnnxEncoderOptions { Model = folder, Precision = "fp32" });
        var block = new VectorBlock(texts.Length, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, block, CancellationToken.None);
        var dimension = block.Dimension;
        return [.. Enumerable.Range(0, texts.Length).Select(i =>
        {
            var reference = MemoryMarshal.Cast<byte, float>(expected).Slice(i * dimension, dimension);
            return Cosine(reference, block.Row(i));
        }).Order()];
    }

    /// <summary>In double precision: the distance to 1 that matters is below what a float holds.</summary>
    private static double Cosine(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        var (a, b) = (new double[left.Length], new double[right.Length]);
        TensorPrimitives.ConvertTruncating(left, a);
        TensorPrimitives.ConvertTruncating(right, b);
        return TensorPrimitives.CosineSimilarity<double>(a, b);
    }
}
