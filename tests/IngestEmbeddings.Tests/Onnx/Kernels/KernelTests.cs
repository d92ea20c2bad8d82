using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using Microsoft.ML.OnnxRuntime;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>The operators with one scale a call, or none, against their definitions in double precision.</summary>
public sealed class KernelTests
{
    /// <summary>The type of a tensor of bytes.</summary>
    private const int Byte = 2;

    private static readonly Random Random = new(1);


    [Fact]
    public void Gelu_is_x_times_the_normal_distribution()
    {
        for (var x = -8f; x < 8; x += 0.001f)
        {
            Gelu.Of(x).ShouldBe((float)(x * Distribution(x)), 1e-6f);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(200_003)]
    public void Gelu_in_bytes_is_within_half_a_level(int count)
    {
        using var gelu = new OperatorSession(GeluKernel.Name, inputs: 1, [Byte, OnnxTypes.Float, Byte]);
        float[] values = [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0.7f : (14f * i / (count - 1)) - 7)];

        var (levels, scale, zero) = Outputs(gelu.Run((values, [count])));

        scale.ShouldBe((Gelu.Of(values.Max()) + 0.17f) / 255, 1e-5f);
        for (var i = 0; i < count; i++)
        {
            ((levels[i] - zero) * scale).ShouldBe(Gelu.Of(values[i]), 0.501f * scale);
        }
    }

    [Fact]
    public void Gelu_of_infinity_does_not_look_like_a_number()
    {
        using var gelu = new OperatorSession(GeluKernel.Name, inputs: 1, [Byte, OnnxTypes.Float, Byte]);
        float[] values = [.. Enumerable.Range(0, 40).Select(static i => i == 5 ? float.PositiveInfinity : 1f)];

        float.IsFinite(gelu.Run((values, [40]))[1][0]).ShouldBeFalse();
    }

    [Fact]
    public void A_row_with_what_is_not_a_number_is_not_normalised_to_one()
    {
        using var norm = new OperatorSession(AddNormKernel.Name, inputs: 5, [OnnxTypes.Float, Byte, OnnxTypes.Float, Byte]);
        var left = Values(40);
        left[3] = float.NaN;

        var result = norm.Run((left, [2, 20]), (Values(40), [2, 20]), (Values(20), [20]), (Values(20), [20]), ([1e-5f], []))[0];

        result[..20].ShouldAllBe(static value => float.IsNaN(value));
        result[20..].ShouldAllBe(static value => float.IsFinite(value));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 16)]
    [InlineData(130, 33)]
    [InlineData(700, 384)]
    public void A_sum_is_normalised_row_by_row(int rows, int width)
    {
        using var norm = new OperatorSession(AddNormKernel.Name, inputs: 5, [OnnxTypes.Float, Byte, OnnxTypes.Float, Byte]);
        var (left, right) = (Values(rows * width), Values(rows * width));
        var (weight, bias) = (Values(width), Values(width));
        long[] shape = [1, rows, width];

        var outputs = norm.Run((left, shape), (right, shape), (weight, [width]), (bias, [width]), ([1e-5f], []));

        var result = outputs[0];
        var (levels, scale, zero) = Outputs(outputs[1..]);
        scale.ShouldBe((result.Max() - Math.Min(0, result.Min())) / 255, 1e-6f);
        for (var i = 0; i < result.Length; i++)
        {
            ((levels[i] - zero) * scale).ShouldBe(result[i], 0.501f * scale);
        }

        for (var row = 0; row < rows; row++)
        {
            double[] sum = [.. Enumerable.Range(row * width, width).Select(i => (double)left[i] + right[i])];
            var mean = sum.Average();
            var deviation = Math.Sqrt(sum.Average(x => (x - mean) * (x - mean)) + 1e-5);
            for (var i = 0; i < width; i++)
            {
                result[(row * width) + i].ShouldBe((float)(((sum[i] - mean) / deviation * weight[i]) + bias[i]), 2e-5f);
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 8, false, 1)]
    [InlineData(2, 5, 3, 5, false, 1)]
    [InlineData(3, 16, 2, 16, false, 1)]
    [InlineData(2, 17, 2, 32, true, 1)]
    [InlineData(2, 100, 2, 24, false, 2)]
    [InlineData(5, 33, 12, 32, true, 2)]
    public void Attention_mixes_values_by_the_softmax_of_masked_scores(
        int texts, int tokens, int heads, int size, bool maskForEachQuery, int threads)
    {
        using var attention = new OperatorSession(AttentionKernel.Name, inputs: 5, [OnnxTypes.Float], threads);
        var length = texts * tokens * heads * size;
        var (query, key, value) = (Values(length), Values(length), Values(length));
        var maskQueries = maskForEachQuery ? tokens : 1;
        float[] mask = [.. Enumerable.Range(0, texts * maskQueries * tokens).Select(i => i % tokens > 0 && Random.Next(3) == 0 ? float.MinValue : 0)];
        long[] shape = [texts, tokens, heads, size];
        const float Scale = 0.3f;

        var result = attention.Run(
            (query, shape), (key, shape), (value, shape), (mask, [texts, 1, maskQueries, tokens]), ([Scale], []))[0];

        int At(int text, int token, int head) => ((((text * tokens) + token) * heads) + head) * size;
        for (var (text, head) = (0, 0); text < texts; (text, head) = head + 1 < heads ? (text, head + 1) : (text + 1, 0))
        {
            for (var i = 0; i < tokens; i++)
            {
                double[] weights = [.. Enumerable.Range(0, tokens).Select(j =>
                    mask[(((text * maskQueries) + (maskForEachQuery ? i : 0)) * tokens) + j] < 0
                        ? 0
                        : Math.Exp(Scale * Enumerable.Range(0, size).Sum(c => (double)query[At(text, i, head) + c] * key[At(text, j, head) + c])))];
                for (var c = 0; c < size; c++)
                {
                    var expected = Enumerable.Range(0, tokens).Sum(j => weights[j] * value[At(text, j, head) + c]) / weights.Sum();
                    result[At(text, i, head) + c].ShouldBe((float)expected, 1e-5f);
                }
            }
        }
    }

    [Fact]
    public void A_mask_of_another_shape_is_an_error_of_the_session_and_not_the_end_of_the_process()
    {
        using var attention = new OperatorSession(AttentionKernel.Name, inputs: 5, [OnnxTypes.Float]);
        long[] shape = [2, 3, 1, 4];

        Should.Throw<OnnxRuntimeException>(() => attention.Run(
                (Values(24), shape), (Values(24), shape), (Values(24), shape), (Values(4), [2, 1, 1, 2]), ([1f], [])))
            .Message.ShouldContain("mask");
    }

    [Theory]
    [InlineData(3, 4, 1)]
    [InlineData(4, 5, 1)]
    [InlineData(4, 4, 2)]
    public void A_normalisation_reads_no_more_than_there_is(int weights, int biases, int epsilons)
    {
        using var norm = new OperatorSession(AddNormKernel.Name, inputs: 5, [OnnxTypes.Float, Byte, OnnxTypes.Float, Byte]);

        Should.Throw<OnnxRuntimeException>(() => norm.Run(
            (Values(8), [2, 4]), (Values(8), [2, 4]), (Values(weights), [weights]), (Values(biases), [biases]), (Values(epsilons), [epsilons])));
    }

    [Fact]
    public void Tensors_of_different_shapes_are_not_added()
    {
        using var norm = new OperatorSession(AddNormKernel.Name, inputs: 5, [OnnxTypes.Float, Byte, OnnxTypes.Float, Byte]);

        Should.Throw<OnnxRuntimeException>(() => norm.Run((Values(8), [2, 4]), (Values(4), [1, 4]), (Values(4), [4]), (Values(4), [4]), ([1e-5f], [])))
            .Message.ShouldContain("same shape");
    }

    private static (float[] Levels, float Scale, float Zero) Outputs(float[][] outputs) => (outputs[0], outputs[1][0], outputs[2][0]);

    private static float[] Values(int count) => [.. Enumerable.Range(0, count).Select(static _ => (Random.NextSingle() * 4) - 2)];

    /// <summary>The normal distribution, by Simpson's rule.</summary>
    private static double Distribution(double x)
    {
        const int Steps = 400;
        static double Density(double t) => Math.Exp(-t * t / 2) / Math.Sqrt(2 * Math.PI);
        var width = x / Steps;
        return 0.5 + Enumerable.Range(0, Steps)
            .Sum(i => (Density(i * width) + (4 * Density((i + 0.5) * width)) + Density((i + 1) * width)) * width / 6);
    }
}
