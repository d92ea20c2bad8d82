using IngestEmbeddings.Onnx.Graphs;
using IngestEmbeddings.Onnx.Kernels;
using Microsoft.ML.OnnxRuntime;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

/// <summary>The operators with a scale for each row against their definitions in double precision.</summary>
public sealed class RowKernelTests
{
    private const int Facts = RowQuantizer.Facts;
    private static readonly int[] Product = [OnnxTypes.Int32, OnnxTypes.Float, OnnxTypes.Int8, OnnxTypes.Float];

    private readonly Random _random = new(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 15)]
    [InlineData(2, 16)]
    [InlineData(5, 33)]
    [InlineData(70, 384)]
    public void A_row_comes_back_within_half_a_level_and_its_outlier_exactly(int rows, int width)
    {
        using var quantize = new OperatorSession(RowKernels.Quantize, inputs: 1, [OnnxTypes.UInt8, OnnxTypes.Float]);
        var values = Values(rows * width);
        for (var row = 0; row < rows; row++)
        {
            values[(row * width) + (row * 7 % width)] = row % 2 == 0 ? 60 : -60;
        }

        var outputs = quantize.Run((values, [rows, width]));

        for (var row = 0; row < rows; row++)
        {
            var facts = outputs[1][(row * Facts)..];
            facts[2].ShouldBe(row * 7 % width);
            for (var i = 0; i < width; i++)
            {
                var level = outputs[0][(row * width) + i] - RowQuantizer.Middle;
                var value = (facts[0] * (level + (i == (int)facts[2] ? facts[3] : 0))) + facts[1];
                value.ShouldBe(values[(row * width) + i], i == (int)facts[2] ? 1e-4f : 0.501f * facts[0]);
            }

            // Four levels of 2 … −2, not sixty.
            facts[0].ShouldBeLessThan(width == 1 ? 2 : 4.01f / 255 + (width == 2 ? 1 : 0));
        }
    }

    [Fact]
    public void A_row_depends_on_no_other()
    {
        using var quantize = new OperatorSession(RowKernels.Quantize, inputs: 1, [OnnxTypes.UInt8, OnnxTypes.Float]);
        var values = Values(40 * 48);
        var together = quantize.Run((values, [40, 48]));

        for (var row = 0; row < 40; row++)
        {
            var alone = quantize.Run((values[(row * 48)..((row + 1) * 48)], [1, 48]));
            alone[0].ShouldBe(together[0][(row * 48)..((row + 1) * 48)]);
            alone[1].ShouldBe(together[1][(row * Facts)..((row + 1) * Facts)]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_row_with_what_is_not_a_finite_number_does_not_look_like_numbers(float value)
    {
        using var quantize = new OperatorSession(RowKernels.Quantize, inputs: 1, [OnnxTypes.UInt8, OnnxTypes.Float]);
        var values = Values(2 * 40);
        values[7] = value;

        var facts = quantize.Run((values, [2, 40]))[1];

        float.IsFinite(facts[0]).ShouldBeFalse();
        float.IsFinite(facts[Facts]).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-3f)]
    [InlineData(1e-38f)]
    public void Equal_values_come_back_exactly(float value)
    {
        using var quantize = new OperatorSession(RowKernels.Quantize, inputs: 1, [OnnxTypes.UInt8, OnnxTypes.Float]);
        var outputs = quantize.Run(([.. Enumerable.Repeat(value, 20)], [1, 20]));

        ((outputs[1][0] * (outputs[0][3] - RowQuantizer.Middle)) + outputs[1][1]).ShouldBe(value, 1e-5f);
    }

    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(9, 33, 17)]
    [InlineData(40, 64, 128)]
    public void A_product_is_what_its_levels_stand_for(int rows, int depth, int width)
    {
        using var scale = new OperatorSession(RowKernels.Scale, Product, [OnnxTypes.Float]);
        var product = new Sample(_random, rows, depth, width);

        var result = scale.Run(product.Tensors())[0];

        for (var i = 0; i < result.Length; i++)
        {
            result[i].ShouldBe((float)product.Value(i / width, i % width), 1e-3f);
        }
    }

    [Theory]
    [InlineData(3, 33, 17)]
    [InlineData(40, 64, 128)]
    public void Gelu_and_normalisation_of_a_product_are_those_of_its_values(int rows, int depth, int width)
    {
        using var gelu = new OperatorSession(RowKernels.Gelu, Product, [OnnxTypes.UInt8, OnnxTypes.Float]);
        int[] inputs = [.. Product, OnnxTypes.Float, OnnxTypes.Float, OnnxTypes.Float, OnnxTypes.Float];
        using var addNorm = new OperatorSession(RowKernels.AddNorm, inputs, [OnnxTypes.Float, OnnxTypes.UInt8, OnnxTypes.Float]);
        using var norm = new OperatorSession(RowKernels.Norm, inputs: 4, [OnnxTypes.Float, OnnxTypes.UInt8, OnnxTypes.Float]);
        using var quantize = new OperatorSession(RowKernels.Quantize, inputs: 1, [OnnxTypes.UInt8, OnnxTypes.Float]);
        using var scale = new OperatorSession(RowKernels.Scale, Product, [OnnxTypes.Float]);
        var product = new Sample(_random, rows, depth, width);
        var values = scale.Run(product.Tensors())[0];
        var (residual, weight, bias) = (Values(rows * width), Values(width), Values(width));
        long[] shape = [rows, width];

        gelu.Run(product.Tensors()).ShouldBe(quantize.Run((Array.ConvertAll(values, Gelu.Of), shape)));
        addNorm.Run([
            .. product.Tensors(), OperatorSession.Tensor(residual, shape), OperatorSession.Tensor(weight, width),
            OperatorSession.Tensor(bias, width), OperatorSession.Tensor([1e-5f])])
            .ShouldBe(norm.Run(([.. values.Zip(residual, static (a, b) => a + b)], shape), (weight, [width]), (bias, [width]), ([1e-5f], [])));
    }

    [Theory]
    [InlineData(1, 1, 1, 8, 1)]
    [InlineData(2, 5, 3, 5, 1)]
    [InlineData(3, 40, 4, 32, 2)]
    [InlineData(20, 17, 2, 24, 2)]
    public void Attention_of_a_product_is_that_of_its_values(int texts, int tokens, int heads, int size, int threads)
    {
        var hidden = heads * size;
        int[] inputs = [.. Product, OnnxTypes.Float, OnnxTypes.Float, OnnxTypes.Int64];
        using var rows = new OperatorSession(AttentionKernel.RowsName, inputs, [OnnxTypes.Float, OnnxTypes.UInt8, OnnxTypes.Float], threads);
        using var plain = new OperatorSession(AttentionKernel.Name, inputs: 5, [OnnxTypes.Float]);
        using var quantize = new OperatorSession(RowKernels.Quantize, inputs: 1, [OnnxTypes.UInt8, OnnxTypes.Float]);
        using var scale = new OperatorSession(RowKernels.Scale, Product, [OnnxTypes.Float]);
        var product = new Sample(_random, texts * tokens, 16, 3 * hidden);
        var values = scale.Run(product.Tensors())[0].Chunk(hidden).ToArray();
        float[] Part(int part) => [.. values.Where((_, i) => i % 3 == part).SelectMany(static row => row)];
        float[] mask = [.. Enumerable.Range(0, texts * tokens).Select(i => i % tokens > 0 && _random.Next(3) == 0 ? float.MinValue : 0)];
        long[] shape = [texts, tokens, heads, size], maskShape = [texts, 1, 1, tokens];

        var result = rows.Run([
            .. product.Tensors(texts, tokens), OperatorSession.Tensor(mask, maskShape), OperatorSession.Tensor([0.3f]), OperatorSession.Tensor([(long)heads])]);

        var expected = plain.Run((Part(0), shape), (Part(1), shape), (Part(2), shape), (mask, maskShape), ([0.3f], []))[0];
        result[0].ShouldBe(expected);
        result[1..].ShouldBe(quantize.Run((expected, [texts * tokens, hidden])));
    }

    [Fact]
    public void An_outlier_outside_the_weights_is_an_error()
    {
        using var scale = new OperatorSession(RowKernels.Scale, Product, [OnnxTypes.Float]);
        var product = new Sample(_random, 2, 8, 16);
        product.Facts[2] = 8;

        Should.Throw<OnnxRuntimeException>(() => scale.Run(product.Tensors())).Message.ShouldContain("outlier");
    }

    private float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 4) - 2)];

    /// <summary>A product of random numbers.</summary>
    private sealed class Sample(Random random, int rows, int depth, int width)
    {
        private readonly int[] _sums = [.. Enumerable.Range(0, rows * width).Select(_ => random.Next(-20_000, 20_000))];
        private readonly sbyte[] _weights = [.. Enumerable.Range(0, depth * width).Select(_ => (sbyte)random.Next(-127, 128))];
        private readonly float[] _columns = [.. Enumerable.Range(0, 3 * width).Select(_ => random.NextSingle() / 50)];

        public float[] Facts { get; } = [.. Enumerable.Range(0, rows).SelectMany(_ =>
            new[] { random.NextSingle() / 50, random.NextSingle(), random.Next(depth), random.NextSingle() * 100 })];

        public OrtValue[] Tensors(params long[] leading)
        {
            long[] shape = leading.Length == 0 ? [rows] : leading;
            return
            [
                OperatorSession.Tensor(_sums, [.. shape, width]), OperatorSession.Tensor(Facts, [.. shape, RowKernelTests.Facts]),
                OperatorSession.Tensor(_weights, depth, width), OperatorSession.Tensor(_columns, 3, width),
            ];
        }

        public double Value(int row, int column)
        {
            var (scale, offset, outlier, excess) = (Facts[row * 4], Facts[(row * 4) + 1], (int)Facts[(row * 4) + 2], Facts[(row * 4) + 3]);
            var sum = _sums[(row * width) + column] + ((double)excess * _weights[(outlier * width) + column]);
            return (sum * scale * _columns[column]) + ((double)offset * _columns[width + column]) + _columns[(2 * width) + column];
        }
    }
}
