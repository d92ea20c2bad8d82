using System.Diagnostics;
using Google.Protobuf;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Tokenizers;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Quantizing;

/// <summary>Writes the int8 graph of a model next to its fp32 one, once it has proved itself on the user's texts.</summary>
public static class ModelQuantizer
{
    /// <summary>The name of the graph that is written.</summary>
    public const string FileName = "model_int8.onnx";

    /// <summary>What quantized look-up tables may cost of the mean cosine: they quarter the file.</summary>
    private const double TableTolerance = 0.0005;

    /// <summary>Tokens that the rounding is chosen on; more of them gain nothing.</summary>
    private const int CalibrationTokens = 4096;

    /// <summary>Every how many texts one is for calibration: the others are measured.</summary>
    private const int CalibrationShare = 3;

    private const int ChunkTexts = 64;

    /// <summary>Quantizes, measures, and writes the best graph when it is good enough.</summary>
    /// <param name="path">The model's folder.</param>
    /// <param name="texts">Texts like those that will be encoded; a few hundred say enough. A third of them, at most, is for calibration.</param>
    /// <param name="options">How good is good enough.</param>
    /// <param name="cancellationToken">A token to cancel the operation; nothing is written then.</param>
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
        string[] drafts = [.. Enumerable.Range(0, 3).Select(i => FormattableString.Invariant($"{target}.draft{i}"))];
        try
        {
            var (calibration, measured) = Split(folder, texts);
            var model = Read(source.Path);
            var compensated = GraphQuantizer.Compensate(
                model, Path.GetDirectoryName(source.Path)!, new ProductSampler(source.Path, calibration, options.Threads), options.Threads, cancellationToken);
            await using var judge = await Judge.CreateAsync(folder, source, measured, options.Threads, cancellationToken);
            var nearest = await judge.TryAsync(drafts[0], tables: false, new Dictionary<string, TensorProto[]>(StringComparer.Ordinal), cancellationToken);
            var adapted = (await judge.TryAsync(drafts[1], tables: false, compensated, cancellationToken)) with { CalibrationTokens = calibration.Length };
            var best = adapted.Agreement.MeanCosine >= nearest.Agreement.MeanCosine ? adapted : nearest;
            var small = (await judge.TryAsync(drafts[2], tables: true, best == adapted ? compensated : [], cancellationToken)) with { CalibrationTokens = best.CalibrationTokens };
            best = small.Agreement.MeanCosine >= best.Agreement.MeanCosine - TableTolerance ? small : best;
            if (best.Agreement.P1Cosine < options.MinCosine && !options.Force)
            {
                throw new IngestException(
                    IngestError.Data,
                    FormattableString.Invariant($"The int8 graph was not written: 99 of 100 texts reach a cosine of {best.Agreement.P1Cosine:0.####} to fp32, ")
                    + FormattableString.Invariant($"and {options.MinCosine:0.####} is asked for. Lower --min-cosine or use --force if that is good enough."));
            }

            File.Move(best.Target, target, overwrite: true);
            return best with { Target = target, Written = true };
        }
        finally
        {
            Array.ForEach(drafts, File.Delete);
        }
    }

    /// <summary>Texts to calibrate on, as tokens, and the others, to measure; a single text is both.</summary>
    private static (TokenBuffer Calibration, List<string> Measured) Split(ModelFolder folder, IReadOnlyList<string> texts)
    {
        var tokenizer = HuggingFaceTokenizer.Load(folder.Path);
        var (tokens, measured) = (new TokenBuffer(), new List<string>());
        string[] different = [.. texts.Distinct(StringComparer.Ordinal)];
        for (var i = 0; i < different.Length; i++)
        {
            if (i % CalibrationShare == 0 && tokens.Length < CalibrationTokens)
            {
                tokenizer.Encode(folder.DocumentPrompt + different[i], folder.MaxTokens ?? int.MaxValue, tokens);
                tokens.EndText();
            }
            else
            {
                measured.Add(different[i]);
            }
        }

        return (tokens, measured.Count > 0 ? measured : [.. different]);
    }

    private static ModelProto Read(string path)
    {
        using var stream = File.OpenRead(path);
        return ModelProto.Parser.ParseFrom(stream);
    }

    /// <summary>Measures int8 graphs against the fp32 one.</summary>
    private sealed class Judge : IAsyncDisposable
    {
        private readonly ModelFolder _folder;
        private readonly GraphFile _source;
        private readonly List<string> _texts;
        private readonly OnnxEncoderOptions _options;
        private readonly ModelEncoder _exact;
        private readonly List<float[]> _vectors = [];

        private Judge(ModelFolder folder, GraphFile source, List<string> texts, int threads)
        {
            (_folder, _source, _texts) = (folder, source, texts);
            _options = new OnnxEncoderOptions { Model = folder.Path, Threads = threads };
            _exact = OnnxEncoderFactory.Create(_options, folder, source);
        }

        public static async Task<Judge> CreateAsync(ModelFolder folder, GraphFile source, List<string> texts, int threads, CancellationToken cancellationToken)
        {
            var judge = new Judge(folder, source, texts, threads);
            foreach (var chunk in texts.Chunk(ChunkTexts))
            {
                await EncodeAsync(judge._exact, chunk, judge._vectors, cancellationToken);
            }

            return judge;
        }

        /// <summary>Writes an int8 graph and measures it.</summary>
        public async Task<QuantizationReport> TryAsync(
            string target, bool tables, IReadOnlyDictionary<string, TensorProto[]> weights, CancellationToken cancellationToken)
        {
            var model = Read(_source.Path);
            var products = GraphQuantizer.Quantize(model, Path.GetDirectoryName(_source.Path)!, tables, weights);
            if (products == 0)
            {
                throw new IngestException(
                    IngestError.Configuration, $"{_source.Path} has no matrix product with fp32 weights, so there is nothing to quantize.");
            }

            using (var output = File.Create(target))
            {
                model.WriteTo(output);
            }

            await using var rough = OnnxEncoderFactory.Create(_options, _folder, GraphFile.Read(target));
            var (vectors, exactTime, roughTime) = (new List<float[]>(), TimeSpan.Zero, TimeSpan.Zero);

            // A part of them in turns with fp32, so that whatever else the machine does meets both alike.
            foreach (var (i, chunk) in _texts.Chunk(ChunkTexts).Index())
            {
                var time = await EncodeAsync(rough, chunk, vectors, cancellationToken);
                if (i < 2)
                {
                    roughTime += time;
                    exactTime += await EncodeAsync(_exact, chunk, [], cancellationToken);
                }
            }

            return new QuantizationReport
            {
                Source = _source.Path,
                Target = target,
                Products = products,
                EmbeddingsQuantized = tables,
                SourceSize = _source.Size,
                TargetSize = new FileInfo(target).Length,
                Agreement = VectorAgreement.Of(_vectors, vectors),
                SpeedRatio = exactTime / roughTime,
            };
        }

        public ValueTask DisposeAsync() => _exact.DisposeAsync();

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
}
