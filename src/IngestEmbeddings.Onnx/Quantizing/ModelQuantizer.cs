using System.Diagnostics;
using Google.Protobuf;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>Writes the int8 graph of a model beside its fp32 one, once it has proved itself on the user's texts.</summary>
public static class ModelQuantizer
{
    /// <summary>The name of the graph that is written.</summary>
    public const string FileName = "model_int8.onnx";

    /// <summary>What quantized look-up tables may cost: they quarter the file, so a loss that nobody can see is worth it.</summary>
    private const double TableTolerance = 0.001;

    private const int Chunk = 64;

    /// <summary>Quantizes, measures, and writes when the result is good enough.</summary>
    /// <param name="path">The model's folder.</param>
    /// <param name="texts">Texts like those that will be encoded; a few hundred say enough.</param>
    /// <param name="options">How good is good enough.</param>
    /// <param name="cancellationToken">Gives up; nothing is written then.</param>
    /// <exception cref="IngestException">
    /// There is no fp32 graph, nothing in it can be quantized, or the result is worse than allowed and not forced.
    /// </exception>
    public static async Task<QuantizationReport> QuantizeAsync(
        string path, IReadOnlyList<string> texts, QuantizationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        if (texts.Count == 0)
        {
            throw new IngestException(IngestError.Usage, "There are no texts to measure the int8 graph on; give some of your own.");
        }

        var folder = ModelFolder.Open(path);
        var source = GraphChoice.Choose(folder, "fp32");
        var target = Path.Combine(Path.GetDirectoryName(source.Path)!, FileName);
        var tables = target + ".tables";
        var plain = target + ".plain";
        try
        {
            var withTables = await TryAsync(folder, source, tables, embeddings: true, texts, options, cancellationToken);
            var withoutTables = await TryAsync(folder, source, plain, embeddings: false, texts, options, cancellationToken);
            var report = withTables.Agreement.P1Cosine >= withoutTables.Agreement.P1Cosine - TableTolerance ? withTables : withoutTables;
            if (report.Agreement.P1Cosine < options.MinCosine && !options.Force)
            {
                throw new IngestException(
                    IngestError.Data,
                    FormattableString.Invariant($"The int8 graph was not written: 99 of 100 texts reach a cosine of {report.Agreement.P1Cosine:0.####} to fp32, ")
                    + FormattableString.Invariant($"and {options.MinCosine:0.####} is asked for. Lower --min-cosine or use --force if that is good enough."));
            }

            File.Move(report.Target, target, overwrite: true);
            return report with { Target = target, Written = true };
        }
        finally
        {
            File.Delete(tables);
            File.Delete(plain);
        }
    }

    private static async Task<QuantizationReport> TryAsync(
        ModelFolder folder,
        GraphFile source,
        string target,
        bool embeddings,
        IReadOnlyList<string> texts,
        QuantizationOptions options,
        CancellationToken cancellationToken)
    {
        var products = WriteQuantized(source.Path, target, embeddings);
        var encoderOptions = new OnnxEncoderOptions { Model = folder.Path, Threads = options.Threads };
        await using var exact = OnnxEncoderFactory.Create(encoderOptions, folder, source);
        await using var rough = OnnxEncoderFactory.Create(encoderOptions, folder, GraphFile.Read(target));
        var (exactVectors, exactTime) = (new List<float[]>(), TimeSpan.Zero);
        var (roughVectors, roughTime) = (new List<float[]>(), TimeSpan.Zero);

        // In turns, so that whatever else the machine does meets both alike.
        foreach (var chunk in texts.Chunk(Chunk))
        {
            exactTime += await EncodeAsync(exact, chunk, exactVectors, cancellationToken);
            roughTime += await EncodeAsync(rough, chunk, roughVectors, cancellationToken);
        }

        return new QuantizationReport
        {
            Source = source.Path,
            Target = target,
            Products = products,
            EmbeddingsQuantized = embeddings,
            SourceSize = source.Size,
            TargetSize = new FileInfo(target).Length,
            Agreement = VectorAgreement.Of(exactVectors, roughVectors),
            SpeedRatio = exactTime / roughTime,
        };
    }

    private static int WriteQuantized(string source, string target, bool embeddings)
    {
        ModelProto model;
        using (var stream = File.OpenRead(source))
        {
            model = ModelProto.Parser.ParseFrom(stream);
        }

        var products = GraphQuantizer.Quantize(model, Path.GetDirectoryName(source)!, embeddings);
        if (products == 0)
        {
            throw new IngestException(
                IngestError.Configuration, $"{source} has no matrix product with fp32 weights, so there is nothing to quantize.");
        }

        using var output = File.Create(target);
        model.WriteTo(output);
        return products;
    }

    private static async Task<TimeSpan> EncodeAsync(
        ModelEncoder encoder, string[] texts, List<float[]> vectors, CancellationToken cancellationToken)
    {
        var block = new VectorBlock(texts.Length, encoder.Description.Dimension);
        var start = Stopwatch.GetTimestamp();
        await encoder.EncodeAsync(texts, TextRole.Document, block, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        cancellationToken.ThrowIfCancellationRequested();
        for (var text = 0; text < texts.Length; text++)
        {
            if (block.Failure(text) is { } reason)
            {
                throw new IngestException(IngestError.Data, $"A text cannot be measured: {reason}.");
            }

            vectors.Add(block.Row(text).ToArray());
        }

        return elapsed;
    }
}
