namespace IngestEmbeddings.Internal;

/// <summary>How many rows may still be read, shared by all workers. Safe for use by several threads.</summary>
internal sealed class RowQuota(long? limit)
{
    private readonly Lock _lock = new();
    private long _left = limit ?? long.MaxValue;

    /// <summary>True when the limit is used up, counting the rows in flight.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (_lock)
            {
                return _left == 0;
            }
        }
    }

    /// <summary>Reserves up to <paramref name="rows"/> rows; 0 when none are left.</summary>
    public int Take(int rows)
    {
        lock (_lock)
        {
            var taken = (int)Math.Min(rows, _left);
            _left -= taken;
            return taken;
        }
    }

    /// <summary>Returns rows that were reserved and not written.</summary>
    public void Return(int rows)
    {
        lock (_lock)
        {
            _left += rows;
        }
    }
}
