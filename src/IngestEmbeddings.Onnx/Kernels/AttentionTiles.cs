using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// The products of attention in tiles of eight queries × two vectors: sixteen sums, which with what they read fill the
/// registers of AVX-512, and two products for each number that is loaded.
/// </summary>
internal static unsafe class AttentionTiles
{
    /// <summary>Queries that are done together.</summary>
    public const int Queries = 8;

    /// <summary>Keys, or components of values, that are done together.</summary>
    public const int Block = 2 * Lanes.Count;

    /// <summary>Scores of eight queries, <c>8 × padded</c>.</summary>
    public static void Score(float** rows, float* keys, float* hidden, int hiddenStride, float scale, float* scores, int size, int padded)
    {
        var first = 0;
        for (; first <= padded - Block; first += Block)
        {
            ScoreBlock(rows, keys + ((long)first * size), hidden + first, hiddenStride, scale, scores + first, size, padded);
        }

        if (first < padded)
        {
            ScoreHalf(rows, keys + ((long)first * size), hidden + first, hiddenStride, scale, scores + first, size, padded);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreBlock(float** rows, float* keys, float* hidden, int hiddenStride, float scale, float* scores, int size, int padded)
    {
        var zero = Vector512<float>.Zero;
        var (a0, a1, a2, a3, a4, a5, a6, a7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        var (b0, b1, b2, b3, b4, b5, b6, b7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        float* q0 = rows[0], q1 = rows[1], q2 = rows[2], q3 = rows[3], q4 = rows[4], q5 = rows[5], q6 = rows[6], q7 = rows[7];
        for (nint component = 0; component < size; component++, keys += Block)
        {
            var (a, b) = (Vector512.Load(keys), Vector512.Load(keys + Lanes.Count));
            var q = Vector512.Create(q0[component]);
            (a0, b0) = (Vector512.FusedMultiplyAdd(q, a, a0), Vector512.FusedMultiplyAdd(q, b, b0));
            q = Vector512.Create(q1[component]);
            (a1, b1) = (Vector512.FusedMultiplyAdd(q, a, a1), Vector512.FusedMultiplyAdd(q, b, b1));
            q = Vector512.Create(q2[component]);
            (a2, b2) = (Vector512.FusedMultiplyAdd(q, a, a2), Vector512.FusedMultiplyAdd(q, b, b2));
            q = Vector512.Create(q3[component]);
            (a3, b3) = (Vector512.FusedMultiplyAdd(q, a, a3), Vector512.FusedMultiplyAdd(q, b, b3));
            q = Vector512.Create(q4[component]);
            (a4, b4) = (Vector512.FusedMultiplyAdd(q, a, a4), Vector512.FusedMultiplyAdd(q, b, b4));
            q = Vector512.Create(q5[component]);
            (a5, b5) = (Vector512.FusedMultiplyAdd(q, a, a5), Vector512.FusedMultiplyAdd(q, b, b5));
            q = Vector512.Create(q6[component]);
            (a6, b6) = (Vector512.FusedMultiplyAdd(q, a, a6), Vector512.FusedMultiplyAdd(q, b, b6));
            q = Vector512.Create(q7[component]);
            (a7, b7) = (Vector512.FusedMultiplyAdd(q, a, a7), Vector512.FusedMultiplyAdd(q, b, b7));
        }

        var factor = Vector512.Create(scale);
        Put(a0, b0, 0);
        Put(a1, b1, 1);
        Put(a2, b2, 2);
        Put(a3, b3, 3);
        Put(a4, b4, 4);
        Put(a5, b5, 5);
        Put(a6, b6, 6);
        Put(a7, b7, 7);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Put(Vector512<float> a, Vector512<float> b, int row)
        {
            float* score = scores + ((long)row * padded), mask = hidden + ((long)row * hiddenStride);
            Vector512.FusedMultiplyAdd(a, factor, Vector512.Load(mask)).Store(score);
            Vector512.FusedMultiplyAdd(b, factor, Vector512.Load(mask + Lanes.Count)).Store(score + Lanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoreHalf(float** rows, float* keys, float* hidden, int hiddenStride, float scale, float* scores, int size, int padded)
    {
        var zero = Vector512<float>.Zero;
        var (a0, a1, a2, a3, a4, a5, a6, a7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        float* q0 = rows[0], q1 = rows[1], q2 = rows[2], q3 = rows[3], q4 = rows[4], q5 = rows[5], q6 = rows[6], q7 = rows[7];
        for (nint component = 0; component < size; component++, keys += Lanes.Count)
        {
            var a = Vector512.Load(keys);
            a0 = Vector512.FusedMultiplyAdd(Vector512.Create(q0[component]), a, a0);
            a1 = Vector512.FusedMultiplyAdd(Vector512.Create(q1[component]), a, a1);
            a2 = Vector512.FusedMultiplyAdd(Vector512.Create(q2[component]), a, a2);
            a3 = Vector512.FusedMultiplyAdd(Vector512.Create(q3[component]), a, a3);
            a4 = Vector512.FusedMultiplyAdd(Vector512.Create(q4[component]), a, a4);
            a5 = Vector512.FusedMultiplyAdd(Vector512.Create(q5[component]), a, a5);
            a6 = Vector512.FusedMultiplyAdd(Vector512.Create(q6[component]), a, a6);
            a7 = Vector512.FusedMultiplyAdd(Vector512.Create(q7[component]), a, a7);
        }

        var factor = Vector512.Create(scale);
        Put(a0, 0);
        Put(a1, 1);
        Put(a2, 2);
        Put(a3, 3);
        Put(a4, 4);
        Put(a5, 5);
        Put(a6, 6);
        Put(a7, 7);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Put(Vector512<float> a, int row) =>
            Vector512.FusedMultiplyAdd(a, factor, Vector512.Load(hidden + ((long)row * hiddenStride))).Store(scores + ((long)row * padded));
    }

    /// <summary>Replaces scores by e to the power of their distance from the largest.</summary>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentiate(float* scores, int count)
    {
        var largest = Vector512.Load(scores);
        for (var i = Lanes.Count; i < count; i += Lanes.Count)
        {
            largest = Vector512.MaxNative(largest, Vector512.Load(scores + i));
        }

        var most = Vector512.Create(Lanes.Largest(largest));
        var sums = Vector512<float>.Zero;
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var power = Exponential.OfNegative(Vector512.Load(scores + i) - most);
            power.Store(scores + i);
            sums += power;
        }

        return Vector512.Sum(sums);
    }

    /// <summary>The weighted sums of the values for eight queries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(HeadShape shape, float* weights, int padded, float* values, int stride, float* factors, float** rows)
    {
        float* w0 = weights, w1 = w0 + padded, w2 = w1 + padded, w3 = w2 + padded, w4 = w3 + padded, w5 = w4 + padded, w6 = w5 + padded, w7 = w6 + padded;
        var (tokens, size) = (shape.Tokens, Lanes.Padded(shape.Size));
        for (var column = 0; column < size; column += Block)
        {
            // The second vector repeats the first where a head ends with an odd one.
            var next = column + Lanes.Count < size ? Lanes.Count : 0;
            var zero = Vector512<float>.Zero;
            var (a0, a1, a2, a3, a4, a5, a6, a7) = (zero, zero, zero, zero, zero, zero, zero, zero);
            var (b0, b1, b2, b3, b4, b5, b6, b7) = (zero, zero, zero, zero, zero, zero, zero, zero);
            var row = values + column;
            nint step = next;
            for (nint token = 0; token < tokens; token++, row += stride)
            {
                var (a, b) = (Vector512.Load(row), Vector512.Load(row + step));
                var w = Vector512.Create(w0[token]);
                (a0, b0) = (Vector512.FusedMultiplyAdd(w, a, a0), Vector512.FusedMultiplyAdd(w, b, b0));
                w = Vector512.Create(w1[token]);
                (a1, b1) = (Vector512.FusedMultiplyAdd(w, a, a1), Vector512.FusedMultiplyAdd(w, b, b1));
                w = Vector512.Create(w2[token]);
                (a2, b2) = (Vector512.FusedMultiplyAdd(w, a, a2), Vector512.FusedMultiplyAdd(w, b, b2));
                w = Vector512.Create(w3[token]);
                (a3, b3) = (Vector512.FusedMultiplyAdd(w, a, a3), Vector512.FusedMultiplyAdd(w, b, b3));
                w = Vector512.Create(w4[token]);
                (a4, b4) = (Vector512.FusedMultiplyAdd(w, a, a4), Vector512.FusedMultiplyAdd(w, b, b4));
                w = Vector512.Create(w5[token]);
                (a5, b5) = (Vector512.FusedMultiplyAdd(w, a, a5), Vector512.FusedMultiplyAdd(w, b, b5));
                w = Vector512.Create(w6[token]);
                (a6, b6) = (Vector512.FusedMultiplyAdd(w, a, a6), Vector512.FusedMultiplyAdd(w, b, b6));
                w = Vector512.Create(w7[token]);
                (a7, b7) = (Vector512.FusedMultiplyAdd(w, a, a7), Vector512.FusedMultiplyAdd(w, b, b7));
            }

            Put(a0, b0, 0);
            Put(a1, b1, 1);
            Put(a2, b2, 2);
            Put(a3, b3, 3);
            Put(a4, b4, 4);
            Put(a5, b5, 5);
            Put(a6, b6, 6);
            Put(a7, b7, 7);

            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            void Put(Vector512<float> a, Vector512<float> b, int query)
            {
                var factor = Vector512.Create(factors[query]);
                Write(a * factor, rows[query] + column, shape.Size - column);
                if (next > 0)
                {
                    Write(b * factor, rows[query] + column + Lanes.Count, shape.Size - column - Lanes.Count);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector512<float> values, float* target, int count)
    {
        if (count >= Lanes.Count)
        {
            values.Store(target);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            target[i] = values[i];
        }
    }
}
