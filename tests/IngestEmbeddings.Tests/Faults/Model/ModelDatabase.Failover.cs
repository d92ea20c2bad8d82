namespace IngestEmbeddings.Tests.Faults.Model;

/// <content>A standby that follows asynchronously, and takes over without the last commits.</content>
/// <remarks>
/// The numbers of transactions go on from where they were. The real server may give those away again that it has forgotten, which
/// <c>docs/faults.md</c> has among the limits.
/// </remarks>
internal sealed partial class ModelDatabase
{
    private Copy? _standby;

    /// <summary>The standby has heard of everything that was committed so far.</summary>
    public void Replicate() => _standby = new Copy([.. Rows], Ranges[..RangeCount], _frontier, _exhausted, _pass);

    /// <summary>The server is gone, and its standby takes its place, as far as it has heard. No transaction is open.</summary>
    public void FailOver()
    {
        if (_standby is not { } copy)
        {
            return;
        }

        copy.Rows.CopyTo(Rows, 0);
        Array.Fill(Ranges, new ModelRange { LockedBy = -1 }, 0, RangeCount);
        copy.Ranges.CopyTo(Ranges, 0);
        (RangeCount, _frontier, _exhausted, _pass, _standby) = (copy.Ranges.Length, copy.Frontier, copy.Exhausted, copy.Pass, null);
        for (var key = 0; key < Keys; key++)
        {
            Rows[key].LockedBy = -1;
        }

        for (var no = 0; no < RangeCount; no++)
        {
            Ranges[no].LockedBy = -1;
        }

        _lastClaim.Range = -1;
    }

    private sealed record Copy(ModelRow[] Rows, ModelRange[] Ranges, int Frontier, bool Exhausted, int Pass);
}
