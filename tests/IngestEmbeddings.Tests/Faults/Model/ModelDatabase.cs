namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>The database as the protocol sees it. Each method is one statement, or one short transaction, and so atomic.</summary>
/// <remarks>
/// The oracle is in here, too: whatever breaks a promise at the moment it happens sets <see cref="Violation"/>, which no guard
/// can prevent from being seen.
/// </remarks>
internal sealed partial class ModelDatabase(RunKind kind, Guard guards)
{
    public const int Keys = 7;
    public const int RangeRows = 3;
    public const int Lease = 4;

    // Claims without progress after which a key range is split or its only row failed.
    private const int MaxAttempts = 3;

    // Each pass carves at most one key range a key, and each split adds one.
    private const int MaxRanges = 512;

    public readonly ModelRow[] Rows = new ModelRow[Keys];
    public readonly ModelRange[] Ranges = new ModelRange[MaxRanges];
    private int _texts;
    private int _versions;
    private int _nonces;
    private int _frontier = -1;
    private bool _exhausted;
    private int _pass;
    private (int Range, ModelRange Before) _lastClaim = (-1, default);

    public int RangeCount { get; private set; }

    /// <summary>The clock of the database.</summary>
    public int Now { get; set; }

    /// <summary>True once the run was proved complete.</summary>
    public bool Complete { get; private set; }

    /// <summary>The first promise that was broken; null while all hold.</summary>
    public string? Violation { get; set; }

    /// <summary>
    /// The condition that a row is still to be done: <c>PendingSql</c>. The first pass of a blind run takes every row that the
    /// cursor has not passed; later passes take those without a vector and those remembered in <c>redo</c>.
    /// </summary>
    public bool IsPending(int key, int pass)
    {
        ref var row = ref Rows[key];
        return row.Exists && !row.Dead && (row.Vector < 0 || row.Redo || (kind == RunKind.Blind && pass == 0));
    }

    /// <summary>
    /// <c>KeyRangeSql.TakeOver</c>: <c>UPDATE key_range SET state = 1, nonce, fence = fence + 1, attempts = attempts + 1, lease_until
    /// FROM (SELECT … WHERE state &lt; 2 AND (state = 0 OR lease_until &lt; clock_timestamp()) … FOR UPDATE SKIP LOCKED)</c>
    /// </summary>
    /// <returns>The key range; -1 when none is free.</returns>
    /// <param name="worker">Who asks.</param>
    /// <param name="floor">The first key range that is looked at: <c>AND no &gt;= $6</c>.</param>
    /// <param name="skew">How far the worker's own clock is off.</param>
    /// <param name="workers">All workers, for the oracle.</param>
    public int Retake(int worker, int floor, int skew, ModelWorker[] workers)
    {
        var clock = guards.HasFlag(Guard.DatabaseClock) ? Now : Now + skew;
        for (var no = floor; no < RangeCount; no++)
        {
            ref var range = ref Ranges[no];
            if (range.State == ModelRangeState.Done || range.LockedBy >= 0
                || (range.State == ModelRangeState.Claimed && range.LeaseUntil >= clock))
            {
                continue;
            }

            foreach (var other in workers)
            {
                if (other.Number != worker && other.Range == no && other.Nonce == range.Nonce && range.LeaseUntil >= Now)
                {
                    Violation = "theft: a key range was taken from a worker whose lease had not ended";
                }
            }

            if (guards.HasFlag(Guard.Attempts) && range.Attempts >= MaxAttempts)
            {
                Split(no);
                if (range.State == ModelRangeState.Done)
                {
                    continue;
                }
            }

            Take(no);
            return no;
        }

        return -1;
    }

    /// <summary>
    /// <c>KeyRangeSql.LockFrontier</c>, then <c>CarveNext</c> or, in a sweep, <c>SweepNext</c>: the next keys after the
    /// frontier, <c>UPDATE run SET frontier</c>, <c>INSERT INTO key_range</c>; <c>Exhaust</c> when there is no key.
    /// </summary>
    /// <param name="seen">The frontier as the worker read it, where nothing locks it; null: read and carved in one.</param>
    /// <returns>The key range; -1 when there is nothing after the frontier.</returns>
    public int Carve(int? seen)
    {
        if (_exhausted)
        {
            return -1;
        }

        var low = seen ?? _frontier;
        var (high, rows) = (low, 0);
        for (var key = low + 1; key < Keys && rows < RangeRows; key++)
        {
            // The first pass takes every key, which an index alone answers; a sweep takes only what is pending.
            if (_pass == 0 ? Rows[key].Exists : IsPending(key, _pass))
            {
                (high, rows) = (key, rows + 1);
            }
        }

        if (rows == 0)
        {
            _exhausted = true;
            _lastClaim.Range = -1;
            return -1;
        }

        for (var no = 0; no < RangeCount; no++)
        {
            if (Ranges[no].State != ModelRangeState.Done && Ranges[no].Low < high && Ranges[no].High > low)
            {
                Violation = "overlap: two open key ranges have the same rows";
            }
        }

        _frontier = high;
        Ranges[RangeCount] = new ModelRange { Pass = _pass, Low = low, High = high, Cursor = low, LockedBy = -1 };
        Take(RangeCount);
        _lastClaim.Range = -1;
        return RangeCount++;
    }

    /// <summary>The first open key range from some number on, which <c>LockFrontier</c> tells; the next new one where none is open.</summary>
    public int FirstOpen(int floor)
    {
        while (floor < RangeCount && Ranges[floor].State == ModelRangeState.Done)
        {
            floor++;
        }

        return floor;
    }

    /// <summary>The frontier, read without a lock.</summary>
    public int Frontier => _frontier;

    /// <summary>
    /// <c>RunProgress.SweepAsync</c>: when the frontier is exhausted and every key range done, <c>UPDATE run SET pass = pass + 1,
    /// frontier = NULL</c> while any row is pending, <c>UPDATE run SET complete = true</c> when none is. The bound on the number
    /// of sweeps, which lets a run end although rows keep coming, is left out.
    /// </summary>
    public void Sweep()
    {
        if (!_exhausted || Complete || HasOpenRange())
        {
            return;
        }

        _pass++;
        _lastClaim.Range = -1;
        if (guards.HasFlag(Guard.Sweep) && HasPending())
        {
            (_frontier, _exhausted) = (-1, false);
            return;
        }

        Complete = true;
        Audit();
    }

    /// <summary><c>WHERE nonce AND fence AND state = 1</c> of every statement of a holder: does the worker still hold the key range?</summary>
    public bool Holds(ModelWorker worker)
    {
        if (!guards.HasFlag(Guard.Fence))
        {
            return true;
        }

        ref var range = ref Ranges[worker.Range];
        return range.State == ModelRangeState.Claimed && range.Fence == worker.Fence
            && (!guards.HasFlag(Guard.Nonce) || range.Nonce == worker.Nonce);
    }

    /// <summary>
    /// The rows of <c>WriteStatements.Write</c>, as they become visible by its commit: <c>UPDATE t SET embedding FROM unnest(…) u
    /// WHERE t.id = u.id AND t.xmin = u.version AND t.embedding IS NULL</c>; a blind run leaves the last condition out.
    /// </summary>
    public void WriteVector(int key, int text, bool matched)
    {
        ref var row = ref Rows[key];
        if (!matched)
        {
            // INSERT INTO redo: where the old vector is still there, nothing else would tell that the row is to be done.
            row.Redo |= kind == RunKind.Blind && row.Exists && guards.HasFlag(Guard.Redo);
            return;
        }

        if (row.Text != text)
        {
            Violation = "stale: a vector was written to a row whose text is another by now";
        }
        else if (row.Written)
        {
            Violation = "double: a vector was written twice to one version of a row";
        }

        (row.Vector, row.Written, row.Redo, row.Xmin) = (text, true, false, ++_versions);
    }

    /// <summary>True when the row is still as it was read.</summary>
    public bool Matches(int key, int xmin)
    {
        ref var row = ref Rows[key];
        return row.Exists && (!guards.HasFlag(Guard.Source) || row.Xmin == xmin) && (kind == RunKind.Blind || row.Vector < 0);
    }

    /// <summary>Anything that was committed after a claim has flushed the claim, too.</summary>
    public void Committed() => _lastClaim.Range = -1;

    /// <summary><c>KeyRangeSql.Complete</c> or <c>Release</c>: the holder is done, or gives back what is left.</summary>
    public void Leave(ModelWorker worker, ModelRangeState state)
    {
        var guarded = state == ModelRangeState.Done || guards.HasFlag(Guard.Release);
        if (!guarded || Holds(worker))
        {
            ref var range = ref Ranges[worker.Range];
            range.State = state;
            // It was no crash, so the claim is not counted.
            range.Attempts = Math.Max(range.Attempts - 1, 0);
            _lastClaim.Range = -1;
        }
    }

    /// <summary>
    /// The server crashes. Claims are committed synchronously; the model lets the last one be lost all the same, as a server
    /// with <c>synchronous_commit = off</c> would.
    /// </summary>
    public void CrashServer()
    {
        if (_lastClaim.Range >= 0)
        {
            Ranges[_lastClaim.Range] = _lastClaim.Before;
            _lastClaim.Range = -1;
        }
    }

    private void Take(int no)
    {
        ref var range = ref Ranges[no];
        _lastClaim = (no, range);
        range.State = ModelRangeState.Claimed;
        range.Nonce = ++_nonces;
        range.Fence++;
        range.Attempts++;
        range.LeaseUntil = Now + Lease;
    }

    // A key range that was claimed too often without progress: the upper half of its pending rows becomes a key range of its own; the
    // only row of a key range is failed. The statement ends the claim of the transaction that had the key range, too: what he read reaches beyond
    // what is left of it, and were only the claim that follows to end his, a crash that loses it would bring him back.
    private void Split(int no)
    {
        ref var range = ref Ranges[no];
        _lastClaim.Range = -1;
        var (pending, first) = (0, -1);
        for (var key = range.Cursor + 1; key <= range.High; key++)
        {
            if (IsPending(key, range.Pass))
            {
                pending++;
                first = first < 0 ? key : first;
            }
        }

        if (pending <= 1)
        {
            if (first >= 0)
            {
                Rows[first].Dead = true;
            }

            range.State = ModelRangeState.Done;
            return;
        }

        Ranges[RangeCount++] = new ModelRange { Pass = range.Pass, Low = first, High = range.High, Cursor = first, LockedBy = -1 };
        (range.High, range.Attempts, range.State) = (first, 0, ModelRangeState.Free);
        (range.Nonce, range.Fence) = (0, range.Fence + 1);
    }

    private bool HasOpenRange()
    {
        for (var no = 0; no < RangeCount; no++)
        {
            if (Ranges[no].State != ModelRangeState.Done)
            {
                return true;
            }
        }

        return false;
    }

    private bool HasPending()
    {
        for (var key = 0; key < Keys; key++)
        {
            if (IsPending(key, _pass))
            {
                return true;
            }
        }

        return false;
    }

    private void Audit()
    {
        for (var key = 0; key < Keys; key++)
        {
            ref var row = ref Rows[key];
            if (row.Exists && !row.Dead && !row.Written)
            {
                Violation ??= row.Vector < 0
                    ? "lost: the run is complete and a row has no vector"
                    : "lost: the run is complete and a row has the vector that it had before";
            }
        }
    }
}
