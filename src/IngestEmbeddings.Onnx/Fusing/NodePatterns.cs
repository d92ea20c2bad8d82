using IngestEmbeddings.Onnx.Graphs;

namespace IngestEmbeddings.Onnx.Fusing;

/// <summary>What a node's attributes say.</summary>
internal static class NodePatterns
{
    public static readonly long[] HeadsFirst = [0, 2, 1, 3];
    public static readonly long[] HeadsFirstTransposed = [0, 2, 3, 1];

    public static long Integer(this NodeProto node, string name, long absent) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.I ?? absent;

    public static float Float(this NodeProto node, string name, float absent) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.F ?? absent;

    /// <summary>True when a node works along the last dimension.</summary>
    /// <param name="node">The node.</param>
    /// <param name="rank">How many dimensions there are; 0 when that is not known.</param>
    public static bool HasLastAxis(this NodeProto node, int rank = 0) => node.Integer("axis", -1) is var axis && (axis == -1 || axis == rank - 1);

    public static bool IsTranspose(this NodeProto node, long[] order) =>
        node.OpType == "Transpose" && node.Attribute.Any(attribute => attribute.Name == "perm" && attribute.Ints.SequenceEqual(order));
}

/// <summary>Attention from the transposes of Q, K and V to the transpose of what comes out.</summary>
/// <param name="Query">Queries, <c>texts × tokens × heads × head size</c>.</param>
/// <param name="Key">Keys, likewise.</param>
/// <param name="Value">Values, likewise.</param>
/// <param name="Mask">What is added to the scores.</param>
/// <param name="Scale">What the scores are multiplied by.</param>
/// <param name="Nodes">The nodes before the last.</param>
internal sealed record AttentionPattern(string Query, string Key, string Value, string Mask, float Scale, IReadOnlyList<NodeProto> Nodes)
{
    private const int Rank = 4;

    /// <summary>Finds it by its last node.</summary>
    /// <param name="view">The graph.</param>
    /// <param name="node">The last transpose.</param>
    /// <param name="anyLastAxis">True to take a softmax along the last axis by whatever number; false for −1 alone.</param>
    public static AttentionPattern? At(GraphView view, NodeProto node, bool anyLastAxis)
    {
        if (!node.IsTranspose(NodePatterns.HeadsFirst)
            || view.Maker(node.Input[0]) is not { OpType: "MatMul" } mix || !view.IsUsedOnce(mix)
            || view.Maker(mix.Input[0]) is not { OpType: "Softmax" } softmax || !view.IsUsedOnce(softmax)
            || !softmax.HasLastAxis(anyLastAxis ? Rank : 0)
            || view.Maker(softmax.Input[0]) is not { OpType: "Add" } add || !view.IsUsedOnce(add))
        {
            return null;
        }

        var side = add.Input.Select(view.Maker).ToList().FindIndex(static maker => maker is { OpType: "MatMul" or "FusedMatMul" });
        if (side < 0 || view.Maker(add.Input[side]) is not { } scores || !view.IsUsedOnce(scores)
            || !IsScoreProduct(scores, out var keyOrder)
            || view.Maker(scores.Input[0]) is not { } query || !query.IsTranspose(NodePatterns.HeadsFirst) || !view.IsUsedOnce(query)
            || view.Maker(scores.Input[1]) is not { } key || !key.IsTranspose(keyOrder) || !view.IsUsedOnce(key)
            || view.Maker(mix.Input[1]) is not { } value || !value.IsTranspose(NodePatterns.HeadsFirst) || !view.IsUsedOnce(value))
        {
            return null;
        }

        return new AttentionPattern(
            query.Input[0], key.Input[0], value.Input[0], add.Input[1 - side], scores.Float("alpha", 1), [mix, softmax, add, scores, query, key, value]);
    }

    /// <summary>A product of queries and keys, with the scale that the optimizer puts into it.</summary>
    private static bool IsScoreProduct(NodeProto node, out long[] keyOrder)
    {
        keyOrder = node.Integer("transB", 0) == 1 ? NodePatterns.HeadsFirst : NodePatterns.HeadsFirstTransposed;
        return node.Integer("transA", 0) == 0 && node.Integer("transBatchA", 0) == 0 && node.Integer("transBatchB", 0) == 0;
    }
}
