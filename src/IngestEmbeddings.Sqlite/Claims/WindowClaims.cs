using IngestEmbeddings.Sqlite.Reading;

namespace IngestEmbeddings.Sqlite.Claims;

/// <summary>
/// Distributes the pending rows of a table to the sessions of one run. A claim is the key range of a window that was read;
/// sessions read one at a time, so no two ranges overlap. Nothing is persisted: a row is done when it has its vector.
/// </summary>
/// <param name="isEndless">True for a run that waits for changes.</param>
/// <remarks>
/// Reading in key order misses rows that are inserted behind the cursor, rows whose text changed before they were written,
/// and rows that a session released. Further passes find them, once no session holds a window that would be read twice.
/// </remarks>
internal sealed class WindowClaims(bool isEndless = false) : IDisposable
{
    // Bounds a run over a table that receives rows all the time.
    private const int MaxPasses = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource _changed = NewSignal();
    private object[]? _after;
    private int _passes = 1;
    private int _held;
    private bool _released;
    private bool _passDone;
    private bool _allDone;

    /// <summary>Claims and reads the next window, one session at a time; null when this pass has none left.</summary>
    /// <param name="read">Reads rows after a key, or from the start when it is null; gives null when there are none.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async ValueTask<SqliteWindow?> NextAsync(
        Func<object[]?, Task<SqliteWindow?>> read, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_passDone)
            {
                return null;
            }

            var window = await read(_after);
            if (window is null)
            {
                _passDone = true;
                return null;
            }

            _after = window.LastKey;
            _held++;
            return window;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends the claim of a window whose rows are written or failed.</summary>
    public Task CompleteAsync() => EndAsync(1, released: false);

    /// <summary>Releases the claims of windows whose remaining rows the session will not write.</summary>
    public Task ReleaseAsync(int windows) => EndAsync(windows, released: true);

    /// <summary>Waits until there may be rows again (true), or the run has no more (false).</summary>
    /// <param name="anyPending">Tells whether another pass would find rows.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async ValueTask<bool> WaitForMoreAsync(Func<Task<bool>> anyPending, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            await _turn.WaitAsync(cancellationToken);
            try
            {
                if (_allDone || !_passDone)
                {
                    return !_allDone;
                }

                if (_held == 0)
                {
                    // A pass for released rows does not count against the maximum.
                    var mayPass = isEndless || _released || _passes < MaxPasses;
                    _allDone = !mayPass || !await anyPending();
                    _passes += _released ? 0 : 1;
                    _passDone = _allDone;
                    _released = false;
                    _after = null;
                    Signal();
                    return !_allDone;
                }

                changed = _changed.Task;
            }
            finally
            {
                _turn.Release();
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task EndAsync(int windows, bool released)
    {
        // Not cancelled: a session that waits for this claim would wait without end.
        await _turn.WaitAsync(CancellationToken.None);
        _held -= windows;
        _released |= released;
        Signal();
        _turn.Release();
    }

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
