namespace IngestEmbeddings.Searching;

/// <summary>Keeps the rows with the greatest scores of a stream. Not safe for use by several threads.</summary>
/// <typeparam name="TRow">What is kept of a row.</typeparam>
/// <param name="capacity">The maximum rows to keep, at least 1.</param>
public sealed class NearestRows<TRow>(int capacity)
{
    // Of equal scores the later row goes first.
    private static readonly Comparer<(float Score, long Place)> WorstFirst = Comparer<(float Score, long Place)>.Create(
        static (one, other) => one.Score.CompareTo(other.Score) is not 0 and var order ? order : other.Place.CompareTo(one.Place));

    private readonly PriorityQueue<TRow, (float Score, long Place)> _rows = new(capacity + 1, WorstFirst);

    /// <summary>A row with a lower score is not kept.</summary>
    public float Threshold { get; private set; } = float.NegativeInfinity;

    /// <summary>Offers a row.</summary>
    /// <param name="score">Its score; a row without a number is not kept.</param>
    /// <param name="place">Its place in the order of the table: of equal scores the first is kept.</param>
    /// <param name="row">The row.</param>
    public void Offer(float score, long place, TRow row)
    {
        if (float.IsNaN(score))
        {
            return;
        }

        _rows.Enqueue(row, (score, place));
        if (_rows.Count > capacity)
        {
            _rows.Dequeue();
        }

        if (_rows.Count == capacity && _rows.TryPeek(out _, out var worst))
        {
            Threshold = worst.Score;
        }
    }

    /// <summary>Takes in the rows of another.</summary>
    public void Merge(NearestRows<TRow> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (var (row, (score, place)) in other._rows.UnorderedItems)
        {
            Offer(score, place, row);
        }
    }

    /// <summary>The rows with their scores, the best first.</summary>
    public IReadOnlyList<(TRow Row, float Score)> Descending() =>
    [
        .. _rows.UnorderedItems
            .OrderByDescending(static item => item.Priority, WorstFirst)
            .Select(static item => (item.Element, item.Priority.Score)),
    ];
}
