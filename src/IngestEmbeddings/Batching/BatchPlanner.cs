using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Batching;

/// <summary>Cuts the texts of a window into batches: sorted by length, so that texts of one batch need little padding.</summary>
/// <remarks>
/// The longest texts come first: the largest buffers are then taken once, and a size that the model cannot take shows at
/// the start. The budget is asked for each batch anew, because a failing call lowers it. Texts without tokens are left out.
/// </remarks>
public sealed class BatchPlanner
{
    private readonly TokenBuffer _tokens;
    private readonly int[] _order;
    private int _next;

    /// <summary>Plans over all finished texts of a buffer, which must not change until the last batch is taken.</summary>
    public BatchPlanner(TokenBuffer tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _tokens = tokens;
        _order = new int[tokens.Count];
        var keys = new int[tokens.Count];
        for (var text = 0; text < _order.Length; text++)
        {
            _order[text] = text;
            keys[text] = -tokens[text].Length;
        }

        Array.Sort(keys, _order);
    }

    /// <summary>Takes the next batch.</summary>
    /// <param name="budget">How much may go into it.</param>
    /// <param name="texts">The texts of the batch, longest first.</param>
    /// <returns>False when every text that has tokens has been taken.</returns>
    public bool TryTake(BatchBudget budget, out ReadOnlySpan<int> texts)
    {
        var left = _order.Length - _next;
        var longest = left == 0 ? 0 : _tokens[_order[_next]].Length;
        if (longest == 0)
        {
            texts = default;
            return false;
        }

        var rows = Math.Min(left, budget.RowsOf(longest));
        while (_tokens[_order[_next + rows - 1]].Length == 0)
        {
            rows--;
        }

        texts = _order.AsSpan(_next, rows);
        _next += rows;
        return true;
    }
}
