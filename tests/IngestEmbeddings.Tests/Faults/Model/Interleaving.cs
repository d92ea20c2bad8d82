namespace IngestEmbeddings.Tests.Faults.Model;

/// <summary>Plays one order of events: what happens, to whom and when is read from bytes.</summary>
/// <remarks>
/// The bytes first lay out a table. Then each one lets a worker take a step, or lets something happen to it. When they are used
/// up no more faults occur, and the workers that are left, in turn, have to bring the run to its end.
/// </remarks>
internal sealed class Interleaving
{
    private const int Workers = 3;

    // Enough for every order without faults: a poisoned row alone takes three claims for each of its splits.
    private const int FairRounds = 400;

    private readonly ModelDatabase _database;
    private readonly ModelWorker[] _workers;
    private readonly byte[] _bytes;
    private int _next;

    // The worker that is left when the faults end; the number of workers: all are.
    private int _survivor = Workers;

    private Interleaving(byte[] bytes, RunKind kind, Guard guards)
    {
        _bytes = bytes;
        _database = new ModelDatabase(kind, guards);
        _workers = [.. Enumerable.Range(0, Workers).Select(number => new ModelWorker(number, _database, kind, guards))];
    }

    /// <summary>Plays the events.</summary>
    /// <returns>The promise that was broken; null when all were kept.</returns>
    public static string? Play(byte[] bytes, RunKind kind, Guard guards)
    {
        var interleaving = new Interleaving(bytes, kind, guards);
        interleaving.LayOut(kind);
        return interleaving.PlayFaults(kind) ?? interleaving.PlayFairly();
    }

    private void LayOut(RunKind kind)
    {
        var (present, poison) = (Take(), Take());
        _survivor = poison / 16 % (Workers + 1);
        for (var key = 0; key < ModelDatabase.Keys; key++)
        {
            if ((present & (1 << key)) == 0)
            {
                _database.Insert(key, poison == key, withVector: kind == RunKind.Blind);
            }
        }
    }

    private string? PlayFaults(RunKind kind)
    {
        while (_next < _bytes.Length && !_database.Complete && _database.Violation is null)
        {
            var what = Take();
            switch (what % 16)
            {
                case < 9:
                    _workers[what / 16 % Workers].Step(Take(), _workers, faults: true);
                    break;
                case 9:
                    _database.Now += 1 + (what / 16 % (ModelDatabase.Lease + 1));
                    break;
                case 10:
                    _workers[what / 16 % Workers].Crash(commitArrives: what >= 128);
                    break;
                case 11:
                    _workers[what / 16 % Workers].Stop();
                    break;
                case 12:
                    _workers[what / 16 % Workers].LoseConnection();
                    break;
                case 13:
                    LoseServer(what / 16, kind);
                    break;
                default:
                    ChangeTable(what / 16 % ModelDatabase.Keys, Take());
                    break;
            }
        }

        return _database.Violation;
    }

    private string? PlayFairly()
    {
        var left = _workers.Where(worker => _survivor == Workers || worker.Number == _survivor).ToList();
        foreach (var gone in _workers.Except(left))
        {
            gone.Crash(commitArrives: false);
        }

        for (var round = 0; round < FairRounds; round++)
        {
            foreach (var worker in left)
            {
                worker.Step(round, _workers, faults: false);
                if (_database.Violation is not null || _database.Complete)
                {
                    return _database.Violation;
                }
            }

            _database.Now += round % 2;
        }

        return "stuck: the run does not end";
    }

    private void LoseServer(int choice, RunKind kind)
    {
        if (choice is 7 or 8)
        {
            _database.Replicate();
            return;
        }

        if (choice >= 13)
        {
            // One clock of a worker, not the server's: matters only where leases go by it.
            _workers[choice % Workers].Skew = 2 * ModelDatabase.Lease;
            return;
        }

        foreach (var worker in _workers)
        {
            worker.LoseConnection();
        }

        if (choice is 9 or 10 && kind == RunKind.Fill)
        {
            // Where only cursors tell what is done, a worker that goes on in its key range passes over what was lost.
            _database.FailOver();
        }
        else
        {
            _database.CrashServer();
        }
    }

    // A row that a transaction has locked makes the application wait; here it comes back later, or not at all.
    private void ChangeTable(int key, int how)
    {
        ref var row = ref _database.Rows[key];
        if (!row.Exists)
        {
            _database.Insert(key, poison: false, withVector: false);
        }
        else if (row.LockedBy < 0)
        {
            switch (how % 4)
            {
                case 0:
                    _database.Delete(key);
                    break;
                case 1:
                    _database.Touch(key);
                    break;
                default:
                    _database.ChangeText(key);
                    break;
            }
        }
    }

    private int Take() => _next < _bytes.Length ? _bytes[_next++] : 0;
}
