namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>
/// <c>softmax(scale · Q·Kᵀ + mask) · V</c> for each head (Vaswani et al. 2017, arXiv:1706.03762), straight from the layout in
/// which the products before it leave Q, K and V to the one that the product after it reads.
/// </summary>
/// <remarks>
/// ONNX Runtime runs nine operators for this, four of which only move values about. <see cref="HeadAttention"/> does one head
/// of one text at a time.
/// </remarks>
internal static unsafe class AttentionKernel
{
    public const string Name = "Attention";
    public const string RowsName = "AttentionRows";

    private const long EnoughParts = 16;
    private const int BlockRows = 32;

    /// <summary>
    /// Takes Q, K and V as <c>texts × tokens × heads × head size</c>, what is added to the scores as <c>texts × heads ×
    /// queries × keys</c> (any of the first three may be 1), and the scale. Gives what Q has the shape of.
    /// </summary>
    public static void Run(KernelCall call)
    {
        var (query, key, value) = (call.Input(0), call.Input(1), call.Input(2));
        var full = query.Shape();
        KernelShape.Require(
            full is [_, > 0 and <= int.MaxValue, > 0, > 0] && full[2] * (double)full[3] <= int.MaxValue
            && key.Shape().AsSpan().SequenceEqual(full) && value.Shape().AsSpan().SequenceEqual(full),
            "Attention takes queries, keys and values of one shape.");
        var shape = new HeadShape((int)full[1], (int)full[3], (int)full[2]);
        var mask = new AttentionMask(call.Input(3), full[0], shape);
        var scale = call.Scalar(4);
        var output = call.Output(0, full);
        ForHeads(call, full[0], shape, scratchStride: 0, (text, heads, scratch) =>
        {
            var start = (long)text * shape.Tokens * shape.Stride;
            for (var head = heads.From; head < heads.To; head++)
            {
                var at = start + (head * shape.Size);
                var inputs = new HeadInputs(query.Data + at, key.Data + at, value.Data + at, shape.Stride);
                HeadAttention.Run(shape, inputs, mask.Of(text, head), scale, output.Data + at, scratch);
            }
        });
    }

    /// <summary>
    /// Takes a product of <c>texts × tokens × 3 · hidden</c> that holds Q, K and V one after the other, the mask, the scale,
    /// and how many heads there are. Gives <c>texts × tokens × hidden</c>, its levels, and the facts of their rows.
    /// </summary>
    public static void RunRows(KernelCall call)
    {
        const int Parts = 3;
        var product = new ProductRows(call, 0);
        var (mask, scale, heads) = (call.Input(ProductRows.Inputs), call.Scalar(ProductRows.Inputs + 1), call.Input(ProductRows.Inputs + 2));
        KernelShape.Require(
            product.Shape is [_, > 0 and <= int.MaxValue, _] && heads.Shape() is [] or [1], "AttentionRows takes texts × tokens × hidden, and one number of heads.");
        var (texts, tokens, count) = (product.Shape[0], (int)product.Shape[1], *(long*)heads.Data);
        KernelShape.Require(
            count > 0 && count <= product.Width && product.Width % (Parts * count) == 0, "AttentionRows takes a width of three times as many heads.");
        var shape = new HeadShape(tokens, (int)(product.Width / (Parts * count)), (int)count);
        var hidden = new AttentionMask(mask, texts, shape);
        long[] full = [texts, tokens, shape.Stride];
        var output = call.Output(0, full);
        var levels = new LevelRows(call, 1, full);
        ForHeads(call, texts, shape, scratchStride: product.Width, (text, heads, scratch) =>
        {
            // What a text needs of the product, once for all heads: queries, keys and values of a token one after the other.
            var width = (heads.To - heads.From) * shape.Size;
            var (first, stride) = (heads.From * shape.Size, Parts * width);
            for (var token = 0; token < tokens; token++)
            {
                for (var part = 0; part < Parts; part++)
                {
                    product.Read((text * tokens) + token, (part * shape.Stride) + first, width, scratch + ((long)token * stride) + (part * width));
                }
            }

            var rest = scratch + ((((long)tokens * stride) + Lanes.Count - 1) / Lanes.Count * Lanes.Count);
            for (var head = heads.From; head < heads.To; head++)
            {
                var at = scratch + ((head - heads.From) * shape.Size);
                var target = output.Data + ((long)text * tokens * shape.Stride) + (head * shape.Size);
                HeadAttention.Run(shape, new HeadInputs(at, at + width, at + (2 * width), stride), hidden.Of(text, head), scale, target, rest);
            }
        });

        // A row's scale needs all of its heads.
        call.Parallel((product.Rows + BlockRows - 1) / BlockRows, block =>
        {
            for (var (row, end) = (block * BlockRows, Math.Min(product.Rows, (block + 1L) * BlockRows)); row < end; row++)
            {
                levels.Write(row, output.Data + ((long)row * shape.Stride));
            }
        });
    }

    /// <summary>Runs over all texts, and over groups of their heads, on the session's threads.</summary>
    /// <param name="call">The call.</param>
    /// <param name="texts">How many.</param>
    /// <param name="shape">The shape of a head.</param>
    /// <param name="scratchStride">Floats that a token takes of the working memory before what a head needs.</param>
    /// <param name="action">Does some heads of one text.</param>
    private static void ForHeads(KernelCall call, long texts, HeadShape shape, int scratchStride, HeadAction action)
    {
        if (texts == 0)
        {
            return;
        }

        // A text is a part of the work; few texts are cut further, so that all threads have some.
        var groups = (int)Math.Clamp(EnoughParts / texts, 1, shape.Heads);
        call.Parallel(checked((int)texts * groups), part =>
        {
            var (text, group) = (part / groups, part % groups);
            var heads = ((int)((long)group * shape.Heads / groups), (int)((group + 1L) * shape.Heads / groups));
            using var scratch = new Scratch(checked(((long)scratchStride * shape.Tokens) + Lanes.Count) + HeadAttention.ScratchOf(shape));
            action(text, heads, scratch.Data);
        });
    }

    private delegate void HeadAction(int text, (int From, int To) heads, float* scratch);
}
