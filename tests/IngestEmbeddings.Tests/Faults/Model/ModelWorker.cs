namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>One worker: what it remembers, and the next thing it may do.</summary>
/// <remarks>
/// Like the real pipeline it reads a window while another is encoded and a third is written. A worker that is paused is one that
/// is not chosen for a while; a worker that crashes forgets everything. Left out: renewals of a lease by timer, which only make
/// leases longer, and reading ahead into a second key range, which is like a second worker.
/// </remarks>
internal sealed class ModelWorker(int number, ModelDatabase database, RunKind kind, Guard guards)
{
    private const int WindowRows = 2;
    private const int MaxWindows = 2;

    private readonly Queue<ModelWindow> _windows = new();
    private bool _matched;
    private int _readTo;
    private bool _readAll;
    private int? _seenFrontier;
    private int _floor;
    private int _writes;
    private int _retried;
    private Transaction _transaction;

    /// <summary>How far a transaction of the worker has come; it holds locks from its first statement on.</summary>
    private enum Transaction
    {
        None,
        Fenced,
        Updated,
    }

    public int Number => number;

    /// <summary>The key range that the worker believes to hold; -1 for none.</summary>
    public int Range { get; private set; } = -1;

    public int Nonce { get; private set; }

    public int Fence { get; private set; }

    /// <summary>How far the worker's own clock is off; used only where leases are not measured with the database's.</summary>
    public int Skew { get; set; }

    /// <summary>Does the next thing.</summary>
    /// <param name="choice">Decides where more than one thing may come next, and how a commit ends.</param>
    /// <param name="workers">All workers, for the oracle.</param>
    /// <param name="faults">True where the answer of a commit may get lost.</param>
    public void Step(int choice, ModelWorker[] workers, bool faults)
    {
        if (_transaction == Transaction.Fenced)
        {
            Update();
        }
        else if (_transaction == Transaction.Updated)
        {
            Commit(faults ? choice % 4 : 0);
        }
        else if (Range < 0)
        {
            Claim(workers);
        }
        else if (_windows.Count > 0 && (choice % 2 == 0 || _readAll || _windows.Count == MaxWindows))
        {
            EncodeAndFence();
        }
        else if (!_readAll)
        {
            Read();
        }
        else
        {
            database.Leave(this, ModelRangeState.Done);
            Forget();
        }

        if (!guards.HasFlag(Guard.Completion) && Range >= 0 && _readAll && _transaction == Transaction.None)
        {
            database.Leave(this, ModelRangeState.Done);
        }
    }

    /// <summary>kill −9. A commit that is on its way may still arrive.</summary>
    public void Crash(bool commitArrives)
    {
        if (_transaction == Transaction.Updated && commitArrives)
        {
            Apply();
        }

        Unlock();
        Forget();
        _floor = 0;
    }

    /// <summary>The connection breaks or the server crashes: an open transaction is rolled back and will be tried again.</summary>
    public void LoseConnection() => Unlock();

    /// <summary>SIGTERM: what is not written is dropped and the key range is given back.</summary>
    public void Stop()
    {
        Unlock();
        if (Range >= 0)
        {
            database.Leave(this, ModelRangeState.Free);
        }

        Forget();
        _floor = 0;
    }

    private void Claim(ModelWorker[] workers)
    {
        if (_seenFrontier is null)
        {
            var no = database.Retake(number, _floor, Skew, workers);
            if (no >= 0)
            {
                Hold(no);
                return;
            }

            if (!guards.HasFlag(Guard.FrontierLock))
            {
                _seenFrontier = database.Frontier;
                return;
            }
        }

        var carved = database.Carve(_seenFrontier);
        _seenFrontier = null;
        if (carved >= 0)
        {
            _floor = database.FirstOpen(_floor);
            Hold(carved);
        }
        else
        {
            _floor = guards.HasFlag(Guard.Beginning) ? 0 : _floor;
            database.Sweep();
        }
    }

    private void Hold(int no)
    {
        ref var range = ref database.Ranges[no];
        (Range, Nonce, Fence) = (no, range.Nonce, range.Fence);
        (_readTo, _readAll) = (range.Cursor, false);
    }

    // WindowReader: SELECT key, text, xmin FROM t WHERE key > $last AND key <= hi AND <pending> ORDER BY key LIMIT n
    private void Read()
    {
        var (pass, high) = (database.Ranges[Range].Pass, database.Ranges[Range].High);
        var window = new ModelWindow(WindowRows);
        for (var key = _readTo + 1; key <= high && window.Count < WindowRows; key++)
        {
            if (database.IsPending(key, pass))
            {
                ref var row = ref database.Rows[key];
                window.Add(key, row.Text, row.Xmin, row.Poison);
                _readTo = key;
            }
        }

        _readAll = window.Count < WindowRows;
        if (window.Count > 0)
        {
            _windows.Enqueue(window);
        }
    }

    // WriteStatements.Write, first part: UPDATE key_range SET lease_until, cursor, last_write, attempts = 0 WHERE <still held>
    private void EncodeAndFence()
    {
        var window = _windows.Peek();
        if (window.IsPoisoned)
        {
            Crash(commitArrives: false);
            return;
        }

        ref var range = ref database.Ranges[Range];
        if (range.LockedBy >= 0)
        {
            // UPDATE key_range waits for the transaction that has the row.
            return;
        }

        if (!database.Holds(this))
        {
            Forget();
            return;
        }

        if (_retried != 0 && guards.HasFlag(Guard.LastWrite) && range.LastWrite == _retried)
        {
            // The answer to the commit was lost, the commit was not.
            FinishBatch(window);
            return;
        }

        range.LockedBy = number;
        _transaction = Transaction.Fenced;
    }

    // WriteStatements.Write, second part: UPDATE t SET embedding … RETURNING, with the rows locked from here to the commit.
    private void Update()
    {
        // Batches of one row, in key order; the last one completes the window.
        var (key, _, xmin) = _windows.Peek().Next;
        ref var row = ref database.Rows[key];
        if (row.LockedBy >= 0)
        {
            return;
        }

        _matched = database.Matches(key, xmin);
        if (_matched)
        {
            row.LockedBy = number;
        }

        _transaction = Transaction.Updated;
    }

    private void Commit(int ending)
    {
        switch (ending)
        {
            case 0 or 1:
                Apply();
                Unlock();
                FinishBatch(_windows.Peek());
                break;
            case 2:
                // Committed, and the answer lost.
                Apply();
                _retried = LastWriteId;
                Unlock();
                break;
            default:
                // Rolled back, and the answer lost.
                _retried = LastWriteId;
                Unlock();
                break;
        }
    }

    private int LastWriteId => (number + 1) * 10_000 + _writes;

    private void Apply()
    {
        var window = _windows.Peek();
        var (key, text, _) = window.Next;
        database.WriteVector(key, text, _matched);
        ref var range = ref database.Ranges[Range];
        range.LeaseUntil = database.Now + ModelDatabase.Lease;
        if (!guards.HasFlag(Guard.Cursor))
        {
            range.Cursor = window.Last;
        }
        else if (kind == RunKind.Blind || key == window.Last)
        {
            // Filling may wait for the end of the window, because rows that have a vector are not read again.
            range.Cursor = key;
        }

        range.Attempts = 0;
        range.LastWrite = LastWriteId;
        database.Committed();
    }

    private void FinishBatch(ModelWindow window)
    {
        _writes++;
        _retried = 0;
        if (window.Advance())
        {
            _windows.Dequeue();
        }
    }

    private void Unlock()
    {
        if (_transaction == Transaction.None)
        {
            return;
        }

        _transaction = Transaction.None;
        database.Ranges[Range].LockedBy = -1;
        for (var key = 0; key < ModelDatabase.Keys; key++)
        {
            if (database.Rows[key].LockedBy == number)
            {
                database.Rows[key].LockedBy = -1;
            }
        }
    }

    private void Forget()
    {
        (Range, Nonce, Fence, _retried, _seenFrontier) = (-1, 0, 0, 0, null);
        _writes++;
        _windows.Clear();
    }
}
