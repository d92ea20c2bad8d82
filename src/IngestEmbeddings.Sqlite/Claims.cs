namespace IngestEmbeddings.Sqlite;

/// <summary>
/// Shares the pending rows of a table among the sessions of one run. A claim is the key range of the window that was read;
/// reading takes turns, so no two ranges overlap. Nothing is persisted: what is pending says what is left to do.
/// </summary>
/// <remarks>
/// Reading moves on in key order and so misses rows that come behind it, rows whose text changed before they were written,
/// and rows that a session gave back. Further passes find those, once no session holds a window that would be read twice.
/// </remarks>
internal sealed class Claims : IDisposable
{
    // A table that receives rows all the time would otherwise never be done.
    private const int MaxPasses = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource _changed = NewSignal();
    private object[]? _after;
    private int _passes = 1;
    private int _held;
    private bool _givenBack;
    private bool _passDone;
    private bool _allDone;

    /// <summary>Reads the next window when it is the caller's turn.</summary>
    /// <param name="read">Reads the rows after a key, or from the start when there is none; null when there are no more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<SqliteRowWindow?> NextAsync(
        Func<object[]?, Task<SqliteRowWindow?>> read, CancellationToken cancellationToken)
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

            _after = window.Key(window.Count - 1).ToArray();
            _held++;
            return window;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Says that a session is done with a window.</summary>
    public Task CompleteAsync() => LetGoAsync(1, givenBack: false);

    /// <summary>Says that a session will not do the rest of some windows.</summary>
    public Task GiveBackAsync(int windows) => LetGoAsync(windows, givenBack: true);

    /// <summary>Waits until there may be rows again (true), or the run has no more (false).</summary>
    /// <param name="anyPending">Asks the database whether another pass would find rows.</param>
    /// <param name="cancellationToken">Gives up.</param>
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
                    // A pass for the rows of a session that broke off is owed, and does not count.
                    var mayPass = _givenBack || _passes < MaxPasses;
                    _allDone = !mayPass || !await anyPending();
                    _passes += _givenBack ? 0 : 1;
                    _passDone = _allDone;
                    _givenBack = false;
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

    private async Task LetGoAsync(int windows, bool givenBack)
    {
        await _turn.WaitAsync(CancellationToken.None);
        _held -= windows;
        _givenBack |= givenBack;
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
