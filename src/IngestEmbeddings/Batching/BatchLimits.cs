namespace IngestEmbeddings.Batching;

/// <summary>The budget of all workers, lowered when the model turns out to fail above some size.</summary>
/// <remarks>
/// Safe for use by several threads. A failure alone does not tell whether the rows or the tokens were too many, so what has
/// succeeded decides: a call that fails at a cost that has worked before had too many rows; any other failure is put down
/// to tokens. Two failures at most teach both limits.
/// </remarks>
/// <param name="budget">The budget to begin with.</param>
internal sealed class BatchLimits(BatchBudget budget)
{
    private readonly Lock _lock = new();
    private BatchBudget _budget = budget;
    private int _provenTokens;

    /// <summary>The budget as it stands.</summary>
    public BatchBudget Current
    {
        get
        {
            lock (_lock)
            {
                return _budget;
            }
        }
    }

    /// <summary>Notes that a call of this size worked.</summary>
    public void Succeeded(int rows, int sequenceLength)
    {
        lock (_lock)
        {
            _provenTokens = Math.Max(_provenTokens, rows * sequenceLength);
        }
    }

    /// <summary>Learns from a call that failed and whose parts worked.</summary>
    /// <param name="failedRows">The texts of the call that failed.</param>
    /// <param name="workedRows">The texts of its largest part that worked.</param>
    /// <param name="sequenceLength">The tokens of its longest text.</param>
    /// <param name="provenBefore">The cost that had worked before the parts were tried.</param>
    public void Learn(int failedRows, int workedRows, int sequenceLength, int provenBefore)
    {
        lock (_lock)
        {
            _budget = failedRows * sequenceLength <= provenBefore
                ? _budget with { Rows = Math.Min(_budget.Rows, workedRows) }
                : _budget with { Tokens = Math.Min(_budget.Tokens, workedRows * sequenceLength) };
        }
    }

    /// <summary>The largest cost that has worked, in tokens with padding.</summary>
    public int ProvenTokens
    {
        get
        {
            lock (_lock)
            {
                return _provenTokens;
            }
        }
    }
}
