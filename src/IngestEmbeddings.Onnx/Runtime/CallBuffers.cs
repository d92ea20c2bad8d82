using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using IngestEmbeddings.Batching;
using Microsoft.ML.OnnxRuntime;

namespace IngestEmbeddings.Onnx.Runtime;

/// <summary>The memory of one call in flight: every input and the output. Used by one thread at a time, again and again.</summary>
internal sealed class CallBuffers(GraphInput[] inputs, GraphOutput output)
{
    private readonly long[]?[] _longs = new long[]?[inputs.Length];
    private readonly int[]?[] _ints = new int[]?[inputs.Length];
    private float[]? _floats;
    private Float16[]? _halves;

    /// <summary>Wraps an input's values; the caller disposes the wrapping.</summary>
    public OrtValue Input(int index, TokenBatch batch)
    {
        var input = inputs[index];
        return input.IsInt64
            ? Wrap(Filled(ref _longs[index], input.Kind, batch), batch)
            : Wrap(Filled(ref _ints[index], input.Kind, batch), batch);
    }

    /// <summary>Wraps the memory that the output goes to; the caller disposes the wrapping.</summary>
    public OrtValue Output(ReadOnlySpan<long> shape)
    {
        var length = checked((int)TensorPrimitives.Product(shape));
        return output.IsHalf
            ? OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Grown(ref _halves, length), shape.ToArray())
            : OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, Grown(ref _floats, length), shape.ToArray());
    }

    /// <summary>The output's values after a call; valid until the next.</summary>
    public ReadOnlySpan<float> Result(int length)
    {
        if (output.IsHalf)
        {
            var floats = Grown(ref _floats, length).Span;
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<Float16, Half>(_halves.AsSpan(0, length)), floats);
            return floats;
        }

        return _floats.AsSpan(0, length);
    }

    private static OrtValue Wrap<T>(Memory<T> values, TokenBatch batch)
        where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, [batch.Rows, batch.SequenceLength]);

    private static Memory<T> Filled<T>(ref T[]? array, InputKind kind, TokenBatch batch)
        where T : unmanaged, INumber<T>
    {
        var memory = Grown(ref array, batch.Ids.Length);
        var values = memory.Span;
        switch (kind)
        {
            case InputKind.Ids:
                TensorPrimitives.ConvertTruncating(batch.Ids, values);
                break;
            case InputKind.Mask:
                values.Clear();
                for (var row = 0; row < batch.Rows; row++)
                {
                    values.Slice(row * batch.SequenceLength, batch.Lengths[row]).Fill(T.One);
                }

                break;
            case InputKind.Types:
                values.Clear();
                break;
            case InputKind.Positions:
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = T.CreateTruncating(i % batch.SequenceLength);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not an input.");
        }

        return memory;
    }

    private static Memory<T> Grown<T>(ref T[]? array, int length)
    {
        if (array is null || array.Length < length)
        {
            array = new T[length];
        }

        return array.AsMemory(0, length);
    }
}
