using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// Attention of one head of one text: eight queries at a time against two vectors of keys (or of values), which is what the
/// registers hold. Keys lie in blocks of 32, component by component, so that a block stays in the first-level cache while the
/// eight queries pass over it.
/// </summary>
/// <remarks>
/// Each score, weight and result is a sum in the order of components or keys, so that it does not depend on how many keys of
/// other texts' padding follow: their weights are 0.
/// </remarks>
internal static unsafe class HeadAttention
{
    private const int Queries = AttentionTiles.Queries;
    private const int Block = AttentionTiles.Block;
    private const int Square = 4;

    /// <summary>Up to so many tokens, values are read from where they are; more would lie on too many pages.</summary>
    private const int FewTokens = 64;

    /// <summary>Floats of working memory.</summary>
    /// <exception cref="OverflowException">More than there can be.</exception>
    public static long ScratchOf(HeadShape shape)
    {
        long padded = Lanes.Padded(shape.Tokens), size = Lanes.Padded(shape.Size);
        return checked((padded * (shape.Size + size + (2 * Queries))) + size);
    }

    /// <summary>Computes one head.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="inputs">Queries, keys and values.</param>
    /// <param name="mask">What is added to the scores.</param>
    /// <param name="scale">What the scores are multiplied by.</param>
    /// <param name="target">Where the first token's result goes.</param>
    /// <param name="scratch">As much as <see cref="ScratchOf"/> says.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(HeadShape shape, HeadInputs inputs, HeadMask mask, float scale, float* target, float* scratch)
    {
        int padded = Lanes.Padded(shape.Tokens), size = Lanes.Padded(shape.Size);
        var keys = scratch;
        var values = keys + ((long)padded * shape.Size);
        var scores = values + ((long)padded * size);
        var nowhere = scores + (2L * padded * Queries);
        var hidden = scores + ((long)padded * Queries);
        PackKeys(shape, (float*)inputs.Key, inputs.Stride, keys);
        var valueStride = size;
        if (shape.Tokens <= FewTokens && shape.Size == size)
        {
            values = (float*)inputs.Value;
            valueStride = inputs.Stride;
        }
        else
        {
            PackValues(shape, (float*)inputs.Value, inputs.Stride, values);
        }

        var factors = stackalloc float[Queries];
        var rows = stackalloc float*[Queries];
        for (var first = 0; first < shape.Tokens; first += Queries)
        {
            // The last group repeats its last query rather than being a case of its own; what that gives goes nowhere.
            var count = Math.Min(Queries, shape.Tokens - first);
            for (var i = 0; i < Queries; i++)
            {
                var token = Math.Min(first + i, shape.Tokens - 1);
                rows[i] = (float*)inputs.Query + ((long)token * inputs.Stride);
                if (mask.QueryStride > 0 || (first == 0 && i == 0))
                {
                    Hide(mask.Row(token), shape.Tokens, padded, hidden + ((long)i * padded));
                }
            }

            AttentionTiles.Score(rows, keys, hidden, mask.QueryStride > 0 ? padded : 0, scale, scores, shape.Size, padded);
            for (var i = 0; i < Queries; i++)
            {
                factors[i] = i < count ? 1 / AttentionTiles.Exponentiate(scores + ((long)i * padded), padded) : 0;
                rows[i] = i < count ? target + ((long)(first + i) * shape.Stride) : nowhere;
            }

            AttentionTiles.Mix(shape, scores, padded, values, valueStride, factors, rows);
        }
    }

    /// <summary>Keys as blocks of 32 (16 at the end), component × key; what is beyond the last key repeats it, and is hidden.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackKeys(HeadShape shape, float* source, int stride, float* keys)
    {
        var (padded, last) = (Lanes.Padded(shape.Tokens), shape.Tokens - 1);
        for (var first = 0; first < padded; first += Square)
        {
            var block = first / Block * Block;
            var width = Math.Min(Block, padded - block);
            var row0 = source + ((long)Math.Min(first, last) * stride);
            var row1 = source + ((long)Math.Min(first + 1, last) * stride);
            var row2 = source + ((long)Math.Min(first + 2, last) * stride);
            var row3 = source + ((long)Math.Min(first + 3, last) * stride);
            var target = keys + ((long)block * shape.Size) + (first - block);
            var component = 0;
            for (; Sse.IsSupported && component <= shape.Size - Square; component += Square, target += Square * width)
            {
                var (a, b) = (Vector128.Load(row0 + component), Vector128.Load(row1 + component));
                var (c, d) = (Vector128.Load(row2 + component), Vector128.Load(row3 + component));
                var (ab, cd) = (Sse.UnpackLow(a, b), Sse.UnpackLow(c, d));
                Sse.MoveLowToHigh(ab, cd).Store(target);
                Sse.MoveHighToLow(cd, ab).Store(target + width);
                (ab, cd) = (Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d));
                Sse.MoveLowToHigh(ab, cd).Store(target + (2 * width));
                Sse.MoveHighToLow(cd, ab).Store(target + (3 * width));
            }

            for (; component < shape.Size; component++, target += width)
            {
                Vector128.Create(row0[component], row1[component], row2[component], row3[component]).Store(target);
            }
        }
    }

    /// <summary>Values one after the other, filled up to whole vectors with 0.</summary>
    private static void PackValues(HeadShape shape, float* source, int stride, float* values)
    {
        var size = Lanes.Padded(shape.Size);
        for (var token = 0; token < shape.Tokens; token++, source += stride, values += size)
        {
            new ReadOnlySpan<float>(source, shape.Size).CopyTo(new Span<float>(values, size));
            new Span<float>(values + shape.Size, size - shape.Size).Clear();
        }
    }

    /// <summary>The mask of one query; what is beyond the last key must weigh nothing.</summary>
    private static void Hide(float* mask, int tokens, int padded, float* target)
    {
        new ReadOnlySpan<float>(mask, tokens).CopyTo(new Span<float>(target, padded));
        new Span<float>(target + tokens, padded - tokens).Fill(float.NegativeInfinity);
    }
}
