using System.Runtime.InteropServices;
using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>
/// Calls the operators with tensors of shapes that fit together and of such that do not, each tensor right before a guarded
/// page. A call gives a result or an error of ONNX Runtime; anything else is a fault, and a read beyond a tensor ends the
/// process.
/// </summary>
internal sealed class OperatorFuzzer : IDisposable
{
    private const int MaxBytes = 1 << 18;
    private const int F = OnnxTypes.Float, U8 = OnnxTypes.UInt8, I8 = OnnxTypes.Int8, I32 = OnnxTypes.Int32, I64 = OnnxTypes.Int64;

    private readonly Random _random;
    private readonly GuardedMemory[] _memory = [.. Enumerable.Range(0, 8).Select(static _ => new GuardedMemory(MaxBytes))];
    private readonly Operator[] _operators;

    public OperatorFuzzer(int seed)
    {
        _random = new Random(seed);
        _operators =
        [
            new(GeluKernel.Name, [F], [U8, F, U8], () => [Rows(out _, out _)]),
            new(AddNormKernel.Name, [F, F, F, F, F], [F, U8, F, U8], () => [Rows(out var rows, out var width), [rows, width], [width], [width], []]),
            new(AttentionKernel.Name, [F, F, F, F, F], [F], Attention),
            new(RowKernels.Quantize, [F], [U8, F], () => [Rows(out _, out _)]),
            new(RowKernels.Scale, [I32, F, I8, F], [F], () => Product(out _, out _)),
            new(RowKernels.Gelu, [I32, F, I8, F], [U8, F], () => Product(out _, out _)),
            new(RowKernels.Norm, [F, F, F, F], [F, U8, F], () => [Rows(out _, out var width), [width], [width], []]),
            new(RowKernels.AddNorm, [I32, F, I8, F, F, F, F, F], [F, U8, F], () => [.. Product(out var rows, out var width), [rows, width], [width], [width], []]),
            new(AttentionKernel.RowsName, [I32, F, I8, F, F, F, I64], [F, U8, F], AttentionRows),
        ];
    }

    /// <summary>Makes calls.</summary>
    /// <returns>How many gave a result.</returns>
    public int Run(int cases)
    {
        var results = 0;
        for (var i = 0; i < cases; i++)
        {
            var op = _operators[_random.Next(_operators.Length)];
            long[][] shapes = op.Shapes();
            for (var changes = _random.Next(3); changes > 0; changes--)
            {
                var at = _random.Next(shapes.Length);
                shapes[at] = Change(shapes[at]);
            }

            results += TryRun(op, shapes) ? 1 : 0;
        }

        return results;
    }

    public void Dispose()
    {
        Array.ForEach(_operators, static op => op.Session.Dispose());
        Array.ForEach(_memory, static memory => memory.Dispose());
    }

    private bool TryRun(Operator op, long[][] shapes)
    {
        var bytes = shapes.Zip(op.Inputs, static (shape, type) => shape.Aggregate(1L, static (a, b) => a * b) * SizeOf(type)).ToArray();
        if (bytes.Any(static count => count > MaxBytes))
        {
            return false;
        }

        try
        {
            op.Session.Run([.. shapes.Select((shape, i) => OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, (TensorElementType)op.Inputs[i], shape, Fill(_memory[i], op.Inputs[i], (int)bytes[i]), bytes[i]))]);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false;
        }
    }

    private nint Fill(GuardedMemory memory, int type, int count)
    {
        var target = memory.Last(count);
        if (type == F)
        {
            foreach (ref var value in MemoryMarshal.Cast<byte, float>(target))
            {
                value = _random.Next(50) switch
                {
                    0 => float.NaN,
                    1 => float.NegativeInfinity,
                    2 => 1e30f,
                    3 => -1,
                    < 20 => _random.Next(20),
                    _ => (_random.NextSingle() * 4) - 2,
                };
            }
        }
        else if (type == I64)
        {
            MemoryMarshal.Cast<byte, long>(target).Fill(_random.Next(8) == 0 ? _random.NextInt64() : _random.Next(-1, 5));
        }
        else
        {
            _random.NextBytes(target);
        }

        return memory.AddressOfLast(count);
    }

    private long[] Change(long[] shape)
    {
        var at = _random.Next(shape.Length + 1);
        return _random.Next(4) switch
        {
            0 => [.. shape[..at], _random.Next(3), .. shape[at..]],
            1 when at < shape.Length => [.. shape[..at], .. shape[(at + 1)..]],
            _ when at < shape.Length => [.. shape[..at], Math.Max(0, shape[at] + _random.Next(-2, 3)), .. shape[(at + 1)..]],
            _ => shape,
        };
    }

    private long[] Rows(out long rows, out long width) => [rows = _random.Next(1, 40), width = _random.Next(1, 80)];

    private long[][] Product(out long rows, out long width)
    {
        var depth = _random.Next(1, 30);
        long[] shape = Rows(out rows, out width);
        return [shape, [rows, RowQuantizer.Facts], [depth, width], [ProductRows.ColumnFacts, width]];
    }

    private long[][] Attention()
    {
        long[] full = [_random.Next(1, 4), _random.Next(1, 40), _random.Next(1, 4), _random.Next(1, 40)];
        return [full, full, full, Mask(full[0], full[1], full[2]), []];
    }

    private long[][] AttentionRows()
    {
        var (texts, tokens, heads, size) = (_random.Next(1, 4), _random.Next(1, 30), _random.Next(1, 4), _random.Next(1, 30));
        var width = 3 * heads * size;
        return
        [
            [texts, tokens, width], [texts, tokens, RowQuantizer.Facts], [_random.Next(1, 30), width], [ProductRows.ColumnFacts, width],
            Mask(texts, tokens, heads), [], [],
        ];
    }

    private long[] Mask(long texts, long tokens, long heads) =>
        [_random.Next(2) == 0 ? 1 : texts, _random.Next(2) == 0 ? 1 : heads, _random.Next(2) == 0 ? 1 : tokens, tokens];

    private static int SizeOf(int type) => type switch { U8 or I8 => 1, I64 => 8, _ => 4 };

    private sealed record Operator(string Name, int[] Inputs, int[] Outputs, Func<long[][]> Shapes)
    {
        public OperatorSession Session { get; } = new(Name, Inputs, Outputs, threads: 2);
    }
}
