using IngestEmbeddings.Onnx.Kernels;
using Microsoft.ML.OnnxRuntime;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>The operators against their definitions in double precision.</summary>
public sealed class KernelTests
{
    private static readonly Random Random = new(1);

    public KernelTests() => Assert.SkipUnless(KernelLibrary.IsSupported, "The operators are for processors with AVX-512.");

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(200_003)]
    public void Gelu_is_x_times_the_normal_distribution(int count)
    {
        using var gelu = new OperatorSession(GeluKernel.Name, inputs: 1);
        float[] values = [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0.7f : (14f * i / (count - 1)) - 7)];

        var result = gelu.Run((values, [count]));

        for (var i = 0; i < count; i++)
        {
            result[i].ShouldBe((float)(values[i] * Distribution(values[i])), 1e-6f);
        }
    }

    [Fact]
    public void Gelu_keeps_what_is_not_a_number_and_bounds_what_is_large()
    {
        using var gelu = new OperatorSession(GeluKernel.Name, inputs: 1);

        var result = gelu.Run(([float.NaN, 1e30f, -1e3f, float.PositiveInfinity, -0f], [5]));

        result[0].ShouldBe(float.NaN);
        result[1].ShouldBe(1e30f);
        result[2].ShouldBe(0, 1e-3f);
        result[3].ShouldBe(float.PositiveInfinity);
        result[4].ShouldBe(0);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 16)]
    [InlineData(130, 33)]
    [InlineData(700, 384)]
    public void A_sum_is_normalised_row_by_row(int rows, int width)
    {
        using var norm = new OperatorSession(AddNormKernel.Name, inputs: 5);
        var (left, right) = (Values(rows * width), Values(rows * width));
        var (weight, bias) = (Values(width), Values(width));
        long[] shape = [1, rows, width];

        var result = norm.Run((left, shape), (right, shape), (weight, [width]), (bias, [width]), ([1e-5f], []));

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
        using var attention = new OperatorSession(AttentionKernel.Name, inputs: 5, threads);
        var length = texts * tokens * heads * size;
        var (query, key, value) = (Values(length), Values(length), Values(length));
        var maskQueries = maskForEachQuery ? tokens : 1;
        float[] mask = [.. Enumerable.Range(0, texts * maskQueries * tokens).Select(i => i % tokens > 0 && Random.Next(3) == 0 ? float.MinValue : 0)];
        long[] shape = [texts, tokens, heads, size];
        const float Scale = 0.3f;

        var result = attention.Run(
            (query, shape), (key, shape), (value, shape), (mask, [texts, 1, maskQueries, tokens]), ([Scale], []));

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
        using var attention = new OperatorSession(AttentionKernel.Name, inputs: 5);
        long[] shape = [2, 3, 1, 4];

        Should.Throw<OnnxRuntimeException>(() => attention.Run(
                (Values(24), shape), (Values(24), shape), (Values(24), shape), (Values(4), [2, 1, 1, 2]), ([1f], [])))
            .Message.ShouldContain("mask");
    }

    [Fact]
    public void Tensors_of_different_shapes_are_not_added()
    {
        using var norm = new OperatorSession(AddNormKernel.Name, inputs: 5);

        Should.Throw<OnnxRuntimeException>(() => norm.Run((Values(8), [2, 4]), (Values(4), [1, 4]), (Values(4), [4]), (Values(4), [4]), ([1e-5f], [])))
            .Message.ShouldContain("same shape");
    }

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
