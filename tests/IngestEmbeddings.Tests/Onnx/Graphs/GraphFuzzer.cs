using System.Diagnostics;
using Google.Protobuf;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using IngestEmbeddings.Onnx.Quantizing;

namespace IngestEmbeddings.Tests.Onnx.Graphs;

/// <summary>
/// Changes whole graphs at random and encodes with them: operators of ONNX Runtime and of this project with inputs of other nodes, of
/// other shapes and types, and declared sizes that are wrong. Each graph is refused, fails on a text, or gives vectors of its dimension,
/// within time and memory.
/// </summary>
internal sealed class GraphFuzzer : IDisposable
{
    private const long MaxBytes = 2L << 30;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    // None that takes a size from a value: ONNX Runtime allocates what such an operator is asked for.
    private static readonly (string Type, int Inputs)[] Operators =
    [
        ("Identity", 1), ("Relu", 1), ("Neg", 1), ("Add", 2), ("Mul", 2), ("MatMul", 2), ("MatMulInteger", 2), ("Transpose", 1), ("Flatten", 1),
        ("Shape", 1), ("Softmax", 1), ("ReduceMean", 1), ("Squeeze", 1), ("Gather", 2), ("Concat", 2), ("Slice", 4), ("Cast", 1),
        ("DynamicQuantizeLinear", 1),
    ];

    private static readonly (string Type, int Inputs, int Outputs)[] OwnOperators =
    [
        (GeluKernel.Name, 1, 3), (AddNormKernel.Name, 5, 4), (AttentionKernel.Name, 5, 1), (AttentionKernel.RowsName, 7, 3),
        (RowKernels.Quantize, 1, 2), (RowKernels.Scale, 4, 1), (RowKernels.Gelu, 4, 2), (RowKernels.Norm, 4, 3), (RowKernels.AddNorm, 8, 3),
    ];

    // Short: ONNX Runtime broadcasts two inputs into one tensor of the product of their sizes, which nothing here bounds.
    private static readonly string[] Texts = ["the sea", string.Join(' ', Enumerable.Repeat("land", 12)), "a", "z y x w v u t s r q p"];

    private readonly Random _random;
    private readonly ModelFolderFixture _folder = new();
    private readonly byte[][] _graphs;

    private GraphFuzzer(int seed, byte[][] graphs) => (_random, _graphs) = (new Random(seed), graphs);

    /// <summary>A fuzzer over a small graph in single precision, and the same in int8.</summary>
    public static async Task<GraphFuzzer> CreateAsync(int seed, CancellationToken cancellationToken)
    {
        using var model = new ModelFolderFixture();
        await ModelQuantizer.QuantizeAsync(model.Path, ModelFolderFixture.Texts(60), new QuantizationOptions { Force = true }, cancellationToken);
        var int8 = Path.Combine(Path.GetDirectoryName(model.GraphPath)!, "model_int8.onnx");
        return new GraphFuzzer(seed, [await File.ReadAllBytesAsync(model.GraphPath, cancellationToken), await File.ReadAllBytesAsync(int8, cancellationToken)]);
    }

    /// <summary>Runs a number of graphs and says what came of them.</summary>
    /// <returns>How many gave vectors.</returns>
    /// <exception cref="InvalidOperationException">One took too long, or too much memory, or did something else.</exception>
    public int Run(int cases)
    {
        var (encoded, slowest) = (0, TimeSpan.Zero);
        var (before, most) = (Environment.WorkingSet, 0L);
        for (var number = 0; number < cases; number++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                encoded += RunOne() ? 1 : 0;
            }
            catch (Exception fault) when (fault is not InvalidOperationException)
            {
                throw new InvalidOperationException($"Graph {number} ended with {fault.GetType().Name}: {fault.Message}", fault);
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            slowest = elapsed > slowest ? elapsed : slowest;
            most = Math.Max(most, Environment.WorkingSet - before);
            if (most > MaxBytes)
            {
                throw new InvalidOperationException($"Graph {number} takes {most >> 20} MB.");
            }

            if (elapsed > MaxTime)
            {
                throw new InvalidOperationException($"Graph {number} took {elapsed.TotalSeconds:0.0} s.");
            }
        }

        Console.WriteLine($"{cases} graphs: {encoded} encode, the others are refused; slowest {slowest.TotalSeconds:0.0} s, at most {most >> 20} MB more memory");
        return encoded;
    }

    public void Dispose() => _folder.Dispose();

    private bool RunOne()
    {
        var model = ModelProto.Parser.ParseFrom(_graphs[_random.Next(_graphs.Length)]);
        for (var changes = _random.Next(1, 3); changes > 0; changes--)
        {
            Change(model.Graph);
        }

        model.OpsetImport.Add(new OperatorSetIdProto { Domain = KernelLibrary.Domain, Version = 1 });
        using (var file = File.Create(_folder.GraphPath))
        {
            model.WriteTo(file);
        }

        try
        {
            var encoder = _folder.Encoder();
            try
            {
                return Encode(encoder);
            }
            finally
            {
                encoder.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (IngestException)
        {
            return false;
        }
    }

    // Each text has a vector or a reason.
    private static bool Encode(ModelEncoder encoder)
    {
        var block = new VectorBlock(Texts.Length, encoder.Description.Dimension);
        encoder.EncodeAsync(Texts, TextRole.Document, block, CancellationToken.None).GetAwaiter().GetResult();
        var encoded = 0;
        for (var text = 0; text < Texts.Length; text++)
        {
            encoded += block.IsEncoded(text) ? 1 : 0;
            if (block.IsEncoded(text) == block.Failure(text) is not null)
            {
                throw new InvalidOperationException($"Text {text} has neither a vector nor a reason, or both.");
            }
        }

        return encoded > 0;
    }

    private void Change(GraphProto graph)
    {
        switch (_random.Next(8))
        {
            case 0:
                ChangeSize(Any(graph.Initializer).Dims);
                break;
            case 1:
                Any(graph.Initializer).DataType = _random.Next(1, 13);
                break;
            case 2:
                ChangeSize(graph.Output[0].Type.TensorType.Shape.Dim);
                break;
            case 3:
                Rewire(graph);
                break;
            case 4:
                graph.Node.RemoveAt(_random.Next(graph.Node.Count));
                break;
            case 5:
                ChangeAttribute(graph);
                break;
            case 6:
                ChangeValues(Any(graph.Initializer));
                break;
            default:
                Insert(graph);
                break;
        }
    }

    private void ChangeSize(IList<long> sizes)
    {
        if (sizes.Count == 0 || _random.Next(4) == 0)
        {
            sizes.Insert(_random.Next(sizes.Count + 1), _random.Next(3));
            return;
        }

        var at = _random.Next(sizes.Count);
        sizes[at] = _random.Next(6) switch
        {
            0 => 0,
            1 => -1,
            2 => long.MaxValue,
            3 => 1L << _random.Next(20, 40),
            4 => sizes[at] - 1,
            _ => sizes[at] * 2,
        };
    }

    private void ChangeSize(IList<TensorShapeProto.Types.Dimension> dimensions)
    {
        var sizes = dimensions.Select(static dimension => dimension.DimValue).ToList();
        ChangeSize(sizes);
        dimensions.Clear();
        foreach (var size in sizes)
        {
            dimensions.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        }
    }

    private void Rewire(GraphProto graph)
    {
        var node = Any(graph.Node);
        if (node.Input.Count > 0)
        {
            node.Input[_random.Next(node.Input.Count)] = AnyValue(graph);
        }
    }

    private void ChangeAttribute(GraphProto graph)
    {
        var node = Any(graph.Node.Where(static node => node.Attribute.Count > 0).ToList());
        var attribute = Any(node.Attribute);
        attribute.I = _random.Next(-3, 9);
        attribute.F = _random.Next(3) switch { 0 => float.NaN, 1 => 1e30f, _ => -1 };
        if (attribute.Ints.Count > 0)
        {
            attribute.Ints[_random.Next(attribute.Ints.Count)] = _random.Next(-3, 5);
        }
    }

    private void ChangeValues(TensorProto tensor)
    {
        var bytes = tensor.RawData.ToByteArray();
        for (var changes = Math.Min(bytes.Length, 8); changes > 0; changes--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        tensor.RawData = ByteString.CopyFrom(bytes);
    }

    // Takes the place of a value that another node reads.
    private void Insert(GraphProto graph)
    {
        var at = _random.Next(graph.Node.Count);
        var node = new NodeProto { Name = $"inserted.{at}.{_random.Next()}" };
        if (_random.Next(2) == 0)
        {
            var (type, inputs, outputs) = OwnOperators[_random.Next(OwnOperators.Length)];
            (node.OpType, node.Domain) = (type, KernelLibrary.Domain);
            node.Input.AddRange(Enumerable.Range(0, inputs).Select(_ => AnyValue(graph)));
            node.Output.AddRange(Enumerable.Range(0, outputs).Select(number => $"{node.Name}.{number}"));
        }
        else
        {
            var (type, inputs) = Operators[_random.Next(Operators.Length)];
            node.OpType = type;
            node.Input.AddRange(Enumerable.Range(0, inputs).Select(_ => AnyValue(graph)));
            node.Output.Add($"{node.Name}.0");
        }

        graph.Node.Insert(at, node);
        var reader = graph.Node[_random.Next(at, graph.Node.Count)];
        if (!ReferenceEquals(reader, node) && reader.Input.Count > 0)
        {
            reader.Input[_random.Next(reader.Input.Count)] = node.Output[_random.Next(node.Output.Count)];
        }
    }

    private string AnyValue(GraphProto graph) => _random.Next(4) switch
    {
        0 => Any(graph.Initializer).Name,
        1 => Any(graph.Input).Name,
        _ => Any(Any(graph.Node.Where(static node => node.Output.Count > 0).ToList()).Output),
    };

    private T Any<T>(IList<T> items) => items[_random.Next(items.Count)];
}
