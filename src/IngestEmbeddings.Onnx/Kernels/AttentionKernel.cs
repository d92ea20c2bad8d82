using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// <c>softmax(scale · Q·Kᵀ + mask) · V</c> for each head (Vaswani et al. 2017, arXiv:1706.03762), straight from the layout in
/// which the products before it leave Q, K and V to the one that the product after it reads.
/// </summary>
/// <remarks>
/// ONNX Runtime runs nine operators for this, four of which only move values about. One head of one text is done at a time,
/// four queries together; its keys, scores and values stay in the first-level cache for texts of a hundred tokens.
/// </remarks>
internal static unsafe class AttentionKernel
{
    public const string Name = "Attention";

    private const int Lanes = 16;
    private const int Queries = 4;
    private const int Square = 4;
    private const long EnoughParts = 16;

    /// <summary>
    /// Takes Q, K and V as <c>texts × tokens × heads × head size</c>, what is added to the scores as <c>texts × heads ×
    /// queries × keys</c> (any of the first three may be 1), and the scale. Gives what Q has the shape of.
    /// </summary>
    public static void Run(KernelCall call)
    {
        var (query, key, value, mask) = (call.Input(0), call.Input(1), call.Input(2), call.Input(3));
        var scale = *call.Input(4).Data;
        var full = query.Shape();
        if (full is not [var texts, var tokens, var heads, var size]
            || !key.Shape().AsSpan().SequenceEqual(full) || !value.Shape().AsSpan().SequenceEqual(full))
        {
            throw new InvalidOperationException("Attention takes queries, keys and values of one shape.");
        }

        if (mask.Shape() is not [var maskTexts, var maskHeads, var maskQueries, var maskKeys] || maskKeys != tokens
            || (maskTexts != 1 && maskTexts != texts) || (maskHeads != 1 && maskHeads != heads) || (maskQueries != 1 && maskQueries != tokens))
        {
            throw new InvalidOperationException("Attention takes a mask of texts × heads × queries × keys.");
        }

        var shape = new HeadShape((int)tokens, (int)size, (int)(heads * size), maskQueries == 1 ? 0 : (int)tokens);
        var output = call.Output(0, full);
        // A text is a part of the work; few texts are cut further, so that all threads have some.
        var groups = (int)Math.Clamp(EnoughParts / texts, 1, heads);
        call.Parallel((int)texts * groups, part =>
        {
            var (text, group) = (part / groups, part % groups);
            var memory = ArrayPool<float>.Shared.Rent(shape.Scratch);
            fixed (float* scratch = memory)
            {
                for (var head = group * heads / groups; head < (group + 1) * heads / groups; head++)
                {
                    var start = (text * tokens * heads * size) + (head * size);
                    var hidden = (((maskTexts == 1 ? 0 : text) * maskHeads) + (maskHeads == 1 ? 0 : head)) * maskQueries * tokens;
                    Attend(
                        shape, query.Data + start, key.Data + start, value.Data + start, mask.Data + hidden, scale,
                        output.Data + start, scratch);
                }
            }

            ArrayPool<float>.Shared.Return(memory);
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Attend(
        HeadShape shape, float* query, float* key, float* value, float* mask, float scale, float* target, float* scratch)
    {
        var keys = scratch;
        var scores = keys + (shape.Size * shape.Padded);
        var bias = scores + (Queries * shape.Padded);
        Prefetch(shape, query + shape.Size);
        Prefetch(shape, key + shape.Size);
        Prefetch(shape, value + shape.Size);
        Transpose(shape, key, keys);
        var factors = stackalloc float[Queries];
        var rows = stackalloc float*[Queries];
        for (var first = 0; first < shape.Tokens; first += Queries)
        {
            // The last group repeats its last query rather than being a case of its own.
            for (var row = 0; row < Queries; row++)
            {
                var token = Math.Min(first + row, shape.Tokens - 1);
                rows[row] = query + ((long)token * shape.Stride);
                if (first == 0 || shape.MaskStride > 0)
                {
                    FillBias(shape, mask + ((long)token * shape.MaskStride), bias + (row * shape.Padded));
                }
            }

            Score(shape, rows, keys, bias, scale, scores);
            for (var row = 0; row < Queries; row++)
            {
                factors[row] = 1 / Exponentiate(scores + (row * shape.Padded), shape.Padded);
                rows[row] = target + ((long)Math.Min(first + row, shape.Tokens - 1) * shape.Stride);
            }

            Mix(shape, scores, value, factors, rows);
        }
    }

    /// <summary>
    /// Asks for the memory of the next head, so that it comes while this one is worked on: the processor does not foresee
    /// such short pieces far apart.
    /// </summary>
    private static void Prefetch(HeadShape shape, float* next)
    {
        for (var token = 0; token < shape.Tokens; token++, next += shape.Stride)
        {
            for (var component = 0; component < shape.Size; component += Lanes)
            {
                Sse.Prefetch0(next + component);
            }
        }
    }

    /// <summary>
    /// Keys as head size × tokens, so that a register holds one component of sixteen keys. Goes by squares of four; what is
    /// beyond the last key repeats it, and the mask hides it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(HeadShape shape, float* key, float* keys)
    {
        var (padded, size, last) = (shape.Padded, shape.Size, shape.Tokens - 1);
        for (var token = 0; token < padded; token += Square)
        {
            var row0 = key + ((long)Math.Min(token, last) * shape.Stride);
            var row1 = key + ((long)Math.Min(token + 1, last) * shape.Stride);
            var row2 = key + ((long)Math.Min(token + 2, last) * shape.Stride);
            var row3 = key + ((long)Math.Min(token + 3, last) * shape.Stride);
            var target = keys + token;
            var component = 0;
            for (; component <= size - Square; component += Square, target += Square * padded)
            {
                var (a, b) = (Vector128.Load(row0 + component), Vector128.Load(row1 + component));
                var (c, d) = (Vector128.Load(row2 + component), Vector128.Load(row3 + component));
                var (ab, cd) = (Sse.UnpackLow(a, b), Sse.UnpackLow(c, d));
                Sse.MoveLowToHigh(ab, cd).Store(target);
                Sse.MoveHighToLow(cd, ab).Store(target + padded);
                (ab, cd) = (Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d));
                Sse.MoveLowToHigh(ab, cd).Store(target + (2 * padded));
                Sse.MoveHighToLow(cd, ab).Store(target + (3 * padded));
            }

            for (; component < size; component++, target += padded)
            {
                Vector128.Create(row0[component], row1[component], row2[component], row3[component]).Store(target);
            }
        }
    }

    /// <summary>The mask of one query; what is beyond the last key must weigh nothing.</summary>
    private static void FillBias(HeadShape shape, float* mask, float* bias)
    {
        new Span<float>(mask, shape.Tokens).CopyTo(new Span<float>(bias, shape.Padded));
        new Span<float>(bias + shape.Tokens, shape.Padded - shape.Tokens).Fill(float.NegativeInfinity);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(HeadShape shape, float** rows, float* keys, float* bias, float scale, float* scores)
    {
        var padded = shape.Padded;
        var size = shape.Size;
        float* q0 = rows[0], q1 = rows[1], q2 = rows[2], q3 = rows[3];
        var factor = Vector512.Create(scale);
        for (var token = 0; token < padded; token += Lanes)
        {
            var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var column = keys + token;
            for (var component = 0; component < size; component++, column += padded)
            {
                var k = Vector512.Load(column);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(q0[component]), k, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(q1[component]), k, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(q2[component]), k, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(q3[component]), k, s3);
            }

            float* score = scores + token, hidden = bias + token;
            Vector512.FusedMultiplyAdd(s0, factor, Vector512.Load(hidden)).Store(score);
            Vector512.FusedMultiplyAdd(s1, factor, Vector512.Load(hidden + padded)).Store(score + padded);
            Vector512.FusedMultiplyAdd(s2, factor, Vector512.Load(hidden + (2 * padded))).Store(score + (2 * padded));
            Vector512.FusedMultiplyAdd(s3, factor, Vector512.Load(hidden + (3 * padded))).Store(score + (3 * padded));
        }
    }

    /// <summary>Replaces scores by e to the power of their distance from the largest.</summary>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int count)
    {
        var largest = Vector512.Load(scores);
        for (var i = Lanes; i < count; i += Lanes)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(scores + i));
        }

        var most = Vector512.Create(Largest(largest));
        var sums = Vector512<float>.Zero;
        for (var i = 0; i < count; i += Lanes)
        {
            var power = Exponential.OfNegative(Vector512.Load(scores + i) - most);
            power.Store(scores + i);
            sums += power;
        }

        return Vector512.Sum(sums);
    }

    private static float Largest(Vector512<float> values)
    {
        var eight = Vector256.MaxNative(values.GetLower(), values.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(HeadShape shape, float* weights, float* value, float* factors, float** rows)
    {
        float* w0 = weights, w1 = w0 + shape.Padded, w2 = w1 + shape.Padded, w3 = w2 + shape.Padded;
        var (tokens, stride) = (shape.Tokens, shape.Stride);
        var component = 0;
        for (; component <= shape.Size - Lanes; component += Lanes)
        {
            var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var row = value + component;
            for (var token = 0; token < tokens; token++, row += stride)
            {
                var v = Vector512.Load(row);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(w0[token]), v, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(w1[token]), v, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(w2[token]), v, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(w3[token]), v, s3);
            }

            (s0 * factors[0]).Store(rows[0] + component);
            (s1 * factors[1]).Store(rows[1] + component);
            (s2 * factors[2]).Store(rows[2] + component);
            (s3 * factors[3]).Store(rows[3] + component);
        }

        for (; component < shape.Size; component++)
        {
            for (var query = 0; query < Queries; query++)
            {
                var sum = 0f;
                for (var token = 0; token < shape.Tokens; token++)
                {
                    sum += weights[(query * shape.Padded) + token] * value[((long)token * shape.Stride) + component];
                }

                rows[query][component] = sum * factors[query];
            }
        }
    }

    /// <summary>One head of one text.</summary>
    /// <param name="Tokens">Queries, and keys.</param>
    /// <param name="Size">Components of a head.</param>
    /// <param name="Stride">From one token to the next.</param>
    /// <param name="MaskStride">From the mask of one query to that of the next; 0 where all have the same.</param>
    private readonly record struct HeadShape(int Tokens, int Size, int Stride, int MaskStride)
    {
        /// <summary>The tokens filled up to whole registers.</summary>
        public int Padded => (Tokens + Lanes - 1) / Lanes * Lanes;

        /// <summary>Numbers of working memory: the keys, and scores and mask of the queries in hand.</summary>
        public int Scratch => (Size + (2 * Queries)) * Padded;
    }
}
