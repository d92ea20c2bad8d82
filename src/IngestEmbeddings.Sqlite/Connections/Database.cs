using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite.Connections;

/// <summary>The file: its lock against other processes, its connections, and the one lock for all writers of this process.</summary>
internal sealed class Database : IDisposable
{
    // Only another program, such as a database editor, can make a connection wait: the writers of this process queue.
    private const int BusySeconds = 30;

    private readonly FileStream? _lock;
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly string _connectionString;

    private Database(string file, FileStream? @lock, string source, SqliteOpenMode mode)
    {
        File = file;
        Location = $"sqlite:{file}";
        _lock = @lock;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = source,
            DefaultTimeout = BusySeconds,
            Pooling = false,
            Mode = mode,
        }.ToString();
    }

    /// <summary>The path of the file.</summary>
    public string File { get; }

    /// <summary>The file in the form that <c>--store</c> takes.</summary>
    public string Location { get; }

    /// <summary>Opens a file to write it, alone; creates it when it is not there.</summary>
    public static async Task<Database> OpenAsync(string file, CancellationToken cancellationToken)
    {
        var path = RealPath(file);
        var database = new Database(path, FileLock.Take(path), path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            await database.WriteAsync(connection, () => StateSchema.Create(connection), cancellationToken);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that is there to read it, next to others that read or write it.</summary>
    public static async Task<Database> OpenReadOnlyAsync(string file, CancellationToken cancellationToken)
    {
        var path = RealPath(file);
        var (source, mode) = ReadableSource.Of(path);
        var database = new Database(path, @lock: null, source, mode);
        await using var connection = await database.ConnectAsync(cancellationToken);
        return database;
    }

    // Two names of one file must meet in one lock.
    private static string RealPath(string file)
    {
        var path = Path.GetFullPath(file);
        return new FileInfo(path).LinkTarget is null ? path : System.IO.File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
    }

    /// <summary>Opens a connection, to be disposed by the caller.</summary>
    public Task<SqliteConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();

            // WAL lets sessions read during a write. With synchronous=NORMAL a power cut loses the last commits at most, whose
            // rows are pending again. A page of 16 kB holds ten vectors of 384 components, one of 4 kB two. 16 MB are cached.
            if (_lock is not null)
            {
                connection.Execute(
                    "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384");
            }
            else
            {
                connection.Execute("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384");
                StateSchema.CreateMissing(connection);
                connection.Execute("PRAGMA query_only = ON");
            }

            TextHash.Define(connection);
            return Task.FromResult(connection);
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw SqliteFaults.Explain(exception, Location);
        }
    }

    /// <summary>Runs statements that only read. Errors of SQLite become exceptions for the user.</summary>
    public Task<T> ReadAsync<T>(SqliteConnection connection, Func<T> work, CancellationToken cancellationToken) =>
        GuardAsync(connection, () => Task.FromResult(work()), cancellationToken);

    /// <summary>Runs statements in one transaction, one writer at a time: all of them take effect, or none.</summary>
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
        _lock?.Dispose();
        _writer.Dispose();
    }

    // Not the driver's transaction object: each prepared command would need it.
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
            // After some errors, such as a full disk or a trigger's RAISE(ROLLBACK), SQLite has rolled back already.
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
}
