namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// The operators between 8-bit products whose activations have a scale for each row: each takes the sums of the product
/// before it and gives the levels for the one after it, while a row is in the cache.
/// </summary>
internal static unsafe class RowKernels
{
    public const string Quantize = "QuantizeRows";
    public const string Scale = "ScaleRows";
    public const string Gelu = "GeluRows";
    public const string Norm = "NormRows";
    public const string AddNorm = "AddNormRows";

    private const int BlockRows = 32;

    /// <summary>Takes a tensor; gives its levels and the facts of its rows.</summary>
    public static void RunQuantize(KernelCall call)
    {
        var input = call.Input(0);
        var shape = input.Shape();
        var (rows, width) = shape.Rows();
        var levels = new LevelRows(call, 0, shape);
        ForRows(call, rows, width, (row, scratch) =>
        {
            new ReadOnlySpan<float>(input.Data + ((long)row * width), width).CopyTo(new Span<float>(scratch, width));
            levels.Write(row, scratch);
        });
    }

    /// <summary>Takes a product; gives the numbers that it stands for.</summary>
    public static void RunScale(KernelCall call)
    {
        var product = new ProductRows(call, 0);
        var output = call.Output(0, product.Shape);
        ForRows(call, product.Rows, width: 1, (row, _) =>
            product.Read(row, 0, product.Width, output.Data + ((long)row * product.Width)));
    }

    /// <summary>Takes a product; gives the levels of its Gelu, and the facts of their rows.</summary>
    public static void RunGelu(KernelCall call)
    {
        var product = new ProductRows(call, 0);
        var levels = new LevelRows(call, 0, product.Shape);
        ForRows(call, product.Rows, product.Width, (row, scratch) =>
        {
            product.Read(row, 0, product.Width, scratch);
            Kernels.Gelu.Apply(scratch, scratch, product.Width);
            levels.Write(row, scratch);
        });
    }

    /// <summary>Takes a tensor, weight, bias and epsilon; gives its rows normalised, their levels, and the facts of those.</summary>
    public static void RunNorm(KernelCall call)
    {
        var input = call.Input(0);
        var shape = input.Shape();
        var (rows, width) = shape.Rows();
        var norm = new LayerNorm(call, 1, width);
        var output = call.Output(0, shape);
        var levels = new LevelRows(call, 1, shape);
        ForRows(call, rows, width: 1, (row, _) =>
        {
            var target = output.Data + ((long)row * width);
            norm.Apply(input.Data + ((long)row * width), null, target);
            levels.Write(row, target);
        });
    }

    /// <summary>
    /// Takes a product, a tensor of its shape, weight, bias and epsilon; gives the rows of their sum normalised, their levels,
    /// and the facts of those.
    /// </summary>
    public static void RunAddNorm(KernelCall call)
    {
        var product = new ProductRows(call, 0);
        var residual = call.Input(ProductRows.Inputs);
        KernelShape.Require(
            residual.Shape().AsSpan().SequenceEqual(product.Shape), "AddNormRows takes a product and a tensor of the same shape.");
        var norm = new LayerNorm(call, ProductRows.Inputs + 1, product.Width);
        var output = call.Output(0, product.Shape);
        var levels = new LevelRows(call, 1, product.Shape);
        ForRows(call, product.Rows, product.Width, (row, scratch) =>
        {
            var target = output.Data + ((long)row * product.Width);
            product.Read(row, 0, product.Width, scratch);
            norm.Apply(scratch, residual.Data + ((long)row * product.Width), target);
            levels.Write(row, target);
        });
    }

    /// <summary>Runs over all rows on the session's threads, with working memory of a row's length.</summary>
    private static void ForRows(KernelCall call, int rows, int width, RowAction action) =>
        call.Parallel((int)(((long)rows + BlockRows - 1) / BlockRows), block =>
        {
            using var scratch = new Scratch(width);
            for (var (row, end) = (block * BlockRows, Math.Min(rows, (block + 1L) * BlockRows)); row < end; row++)
            {
                action(row, scratch.Data);
            }
        });

    private delegate void RowAction(int row, float* scratch);
}

/// <summary>Where the levels of rows go, and the facts of the rows.</summary>
internal readonly unsafe struct LevelRows
{
    private readonly byte* _levels;
    private readonly float* _facts;
    private readonly int _width;

    /// <summary>Allocates two results: levels of a shape, and four floats a row.</summary>
    public LevelRows(KernelCall call, int first, long[] shape)
    {
        _levels = call.Output(first, shape).Bytes;
        _facts = call.Output(first + 1, [.. shape[..^1], RowQuantizer.Facts]).Data;
        _width = (int)shape[^1];
    }

    /// <summary>Quantizes a row.</summary>
    public void Write(int row, float* values) =>
        RowQuantizer.Quantize(values, _levels + ((long)row * _width), _width, _facts + ((long)row * RowQuantizer.Facts));
}
