using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite;

/// <summary>The file: its lock against other processes, its connections, and the one lock that writers of this process take.</summary>
internal sealed class Database : IDisposable
{
    // Only foreign programs, such as an editor of databases, can make a connection wait: our own writers queue up.
    private const int BusySeconds = 30;

    private readonly FileStream _lock;
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly string _connectionString;

    private Database(string file, FileStream @lock)
    {
        File = file;
        Location = $"sqlite:{file}";
        _lock = @lock;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            DefaultTimeout = BusySeconds,
            Pooling = false,
        }.ToString();
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The file in the form that <c>--store</c> takes.</summary>
    public string Location { get; }

    public static async Task<Database> OpenAsync(string file, CancellationToken cancellationToken)
    {
        // Two names of one file must meet in one lock.
        var path = Path.GetFullPath(file);
        path = new FileInfo(path).LinkTarget is null ? path : System.IO.File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        var database = new Database(path, Lock(path));
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            await database.WriteAsync(connection, () => StateTables.Create(connection), cancellationToken);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection, to be disposed by the caller.</summary>
    public Task<SqliteConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();

            // WAL lets reading go on beside the writer. With synchronous=NORMAL a power cut loses at most the last commits,
            // never the consistency; what is lost is pending again. Pages of 16 kB, in a file that is new, have room for ten
            // vectors of 384 numbers; of the usual 4 kB each would be written by a page of its own. 16 MB of them are kept.
            connection.Execute(
                "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384");
            return Task.FromResult(connection);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw SqliteFaults.Explain(exception, Location);
        }
    }

    /// <summary>Runs statements that only read, and says in plain words what goes wrong.</summary>
    public Task<T> ReadAsync<T>(SqliteConnection connection, Func<T> work, CancellationToken cancellationToken) =>
        GuardAsync(connection, () => Task.FromResult(work()), cancellationToken);

    /// <summary>Runs statements in one transaction when their turn comes: all of them have effect, or none.</summary>
    public Task<T> WriteAsync<T>(SqliteConnection connection, Func<T> work, CancellationToken cancellationToken) =>
        WriteAsync(connection, () => Task.FromResult(work()), cancellationToken);

    /// <inheritdoc cref="WriteAsync{T}(SqliteConnection, Func{T}, CancellationToken)"/>
    public Task WriteAsync(SqliteConnection connection, Action work, CancellationToken cancellationToken) =>
        WriteAsync(
            connection,
            () =>
            {
                work();
                return true;
            },
            cancellationToken);

    /// <inheritdoc cref="WriteAsync{T}(SqliteConnection, Func{T}, CancellationToken)"/>
    public async Task<T> WriteAsync<T>(SqliteConnection connection, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            return await GuardAsync(connection, () => InTransactionAsync(connection, work), cancellationToken);
        }
        finally
        {
            _writer.Release();
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        _writer.Dispose();
    }

    // Not the driver's transaction object: prepared commands would have to be told of each one.
    private static async Task<T> InTransactionAsync<T>(SqliteConnection connection, Func<Task<T>> work)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            var result = await work();
            connection.Execute("COMMIT");
            return result;
        }
        catch
        {
            // After some faults, a full disk among them, SQLite has rolled back by itself.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
            {
                connection.Execute("ROLLBACK");
            }

            throw;
        }
    }

    private async Task<T> GuardAsync<T>(SqliteConnection connection, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await using var interrupt = cancellationToken.Register(
            static handle => raw.sqlite3_interrupt((sqlite3)handle!), connection.Handle);
        try
        {
            return await work();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (SqliteException exception)
        {
            throw SqliteFaults.Explain(exception, Location);
        }
    }

    // The kernel releases the lock when the process ends, however it ends. The file stays: removing it would let two
    // processes lock two files of one name.
    private static FileStream Lock(string file)
    {
        try
        {
            return new FileStream($"{file}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw SqliteFaults.Misconfigured($"The folder of {file} does not exist: create it, or give --store another file.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw SqliteFaults.Misconfigured(
                $"{file}.lock cannot be written: give this user the right to write in the folder, or give --store another file.",
                exception);
        }
        catch (IOException exception) when (System.IO.File.Exists($"{file}.lock"))
        {
            throw SqliteFaults.Misconfigured(
                $"Another process is using {file}: wait until it ends, or give --store another file. "
                + "Several processes can share a PostgreSQL database.",
                exception);
        }
        catch (IOException exception)
        {
            throw SqliteFaults.Misconfigured(
                $"{file}.lock cannot be created ({exception.Message.TrimEnd('.')}): give --store another file.", exception);
        }
    }
}
