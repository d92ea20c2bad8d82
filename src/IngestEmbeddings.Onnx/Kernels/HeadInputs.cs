namespace IngestEmbeddings.Onnx.Kernels;

/// <summary>One head of one text.</summary>
/// <param name="Tokens">Queries, and keys.</param>
/// <param name="Size">Components of a head.</param>
/// <param name="Heads">Heads of a token.</param>
internal readonly record struct HeadShape(int Tokens, int Size, int Heads)
{
    /// <summary>From one token to the next, where the heads of a token lie together.</summary>
    public int Stride => Size * Heads;
}

/// <summary>Queries, keys and values of one head of one text.</summary>
/// <param name="Query">The first component of the first token's query.</param>
/// <param name="Key">Likewise of its key.</param>
/// <param name="Value">Likewise of its value.</param>
/// <param name="Stride">From one token to the next.</param>
internal readonly unsafe record struct HeadInputs(nint Query, nint Key, nint Value, int Stride)
{
    public HeadInputs(float* query, float* key, float* value, int stride)
        : this((nint)query, (nint)key, (nint)value, stride)
    {
    }
}

/// <summary>What is added to the scores of one head.</summary>
/// <param name="Values">The first query's.</param>
/// <param name="QueryStride">From one query to the next; 0 where all have the same.</param>
internal readonly unsafe record struct HeadMask(nint Values, int QueryStride)
{
    public float* Row(int query) => (float*)Values + ((long)query * QueryStride);
}

/// <summary>What is added to the scores: <c>texts × heads × queries × keys</c>, of which any but the last may be 1.</summary>
internal readonly unsafe struct AttentionMask
{
    private readonly float* _values;
    private readonly long _textStride;
    private readonly long _headStride;
    private readonly int _queryStride;

    /// <exception cref="InvalidOperationException">The shape does not fit.</exception>
    public AttentionMask(KernelTensor mask, long texts, HeadShape shape)
    {
        KernelShape.Require(
            mask.Shape() is [var maskTexts, var maskHeads, var maskQueries, var keys] && keys == shape.Tokens
            && (maskTexts == 1 || maskTexts == texts) && (maskHeads == 1 || maskHeads == shape.Heads)
            && (maskQueries == 1 || maskQueries == shape.Tokens),
            "Attention takes a mask of texts × heads × queries × keys.");
        var sizes = mask.Shape();
        _values = mask.Data;
        _queryStride = sizes[2] == 1 ? 0 : shape.Tokens;
        _headStride = sizes[1] == 1 ? 0 : sizes[2] * sizes[3];
        _textStride = sizes[0] == 1 ? 0 : sizes[1] * sizes[2] * sizes[3];
    }

    public HeadMask Of(int text, int head) => new((nint)(_values + (text * _textStride) + (head * _headStride)), _queryStride);
}
