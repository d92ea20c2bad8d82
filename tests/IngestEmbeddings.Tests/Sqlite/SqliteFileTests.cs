using System.Diagnostics;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;
using Shouldly;
using SQLitePCL;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary>Opening a file, and what is said when it cannot be opened or written.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingest-sqlite-");

    private string PathOfFile => Path.Combine(_folder.FullName, "corpus.db");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_that_is_not_there_is_created()
    {
        await using var store = await SqliteStore.OpenAsync(PathOfFile, Cancel);

        store.Location.ShouldBe($"sqlite:{PathOfFile}");
        File.Exists(PathOfFile).ShouldBeTrue();
    }

    [Fact]
    public async Task The_file_is_in_WAL_mode()
    {
        await using var store = await SqliteStore.OpenAsync(PathOfFile, Cancel);
        await using var connection = new SqliteConnection($"Data Source={PathOfFile};Pooling=false");
        connection.Open();

        connection.Scalar("PRAGMA journal_mode").ShouldBe("wal");
    }

    [Fact]
    public async Task A_second_opening_is_refused_until_the_first_is_closed()
    {
        var first = await SqliteStore.OpenAsync(PathOfFile, Cancel);

        await ShouldBeRefusedAsync(PathOfFile, "Another process", PathOfFile, "--store");

        await first.DisposeAsync();
        await using var second = await SqliteStore.OpenAsync(PathOfFile, Cancel);
    }

    [Fact]
    public async Task Another_name_of_the_file_meets_the_same_lock()
    {
        await using var first = await SqliteStore.OpenAsync(PathOfFile, Cancel);
        var link = Path.Combine(_folder.FullName, "link.db");
        File.CreateSymbolicLink(link, PathOfFile);

        await ShouldBeRefusedAsync(link, "Another process");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("id\ttext\n1\tAloha\n", 100));
        await File.WriteAllTextAsync(PathOfFile, text, Cancel);

        await ShouldBeRefusedAsync(PathOfFile, PathOfFile, "not a database", "--store");

        (await File.ReadAllTextAsync(PathOfFile, Cancel)).ShouldBe(text);
    }

    [Fact]
    public async Task After_a_refusal_the_file_is_not_locked()
    {
        await File.WriteAllTextAsync(PathOfFile, new string('x', 2_000), Cancel);
        await ShouldBeRefusedAsync(PathOfFile, "not a database");
        File.Delete(PathOfFile);

        await using var store = await SqliteStore.OpenAsync(PathOfFile, Cancel);
    }

    [Fact]
    public async Task A_damaged_database_is_refused_with_a_way_out()
    {
        await using (await SqliteStore.OpenAsync(PathOfFile, Cancel))
        {
        }

        await using (var file = File.OpenWrite(PathOfFile))
        {
            // The header stays; the tree of the catalog is overwritten.
            file.Position = 100;
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, (int)file.Length - 100).ToArray(), Cancel);
        }

        await ShouldBeRefusedAsync(PathOfFile, "malformed", ".recover");
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named()
    {
        await ShouldBeRefusedAsync(Path.Combine(_folder.FullName, "missing", "corpus.db"), "missing", "--store");
    }

    [Fact]
    public async Task A_folder_in_place_of_the_file_is_refused()
    {
        Directory.CreateDirectory(PathOfFile);

        await ShouldBeRefusedAsync(PathOfFile, PathOfFile, "unable to open");
    }

    [Fact]
    public async Task A_lock_file_that_cannot_be_written_is_refused()
    {
        Directory.CreateDirectory($"{PathOfFile}.lock");

        await ShouldBeRefusedAsync(PathOfFile, $"{PathOfFile}.lock", "right to write");
    }

    [Fact]
    public async Task Other_processes_see_the_lock()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "There is no /usr/bin/flock: install util-linux.");
        await using (await SqliteStore.OpenAsync(PathOfFile, Cancel))
        {
            (await TryLockAsync()).ShouldBe(1);
        }

        (await TryLockAsync()).ShouldBe(0);

        async Task<int> TryLockAsync()
        {
            using var process = Process.Start("/usr/bin/flock", ["-n", $"{PathOfFile}.lock", "true"]);
            await process.WaitForExitAsync(Cancel);
            return process.ExitCode;
        }
    }

    [Fact]
    public async Task A_full_disk_stops_the_write_and_keeps_what_was_there()
    {
        using var database = await Database.OpenAsync(PathOfFile, Cancel);
        await using var connection = await database.ConnectAsync(Cancel);
        connection.Execute("CREATE TABLE notes(text TEXT)");
        connection.Execute("PRAGMA max_page_count = 20");

        var refusal = await Should.ThrowAsync<IngestException>(() => database.WriteAsync(
            connection,
            () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    connection.Execute("INSERT INTO notes VALUES (@text)", ("@text", new string('x', 4_000)));
                }
            },
            Cancel));

        refusal.Error.ShouldBe(IngestError.Stopped);
        refusal.Message.ShouldContain("free some space");
        connection.Scalar("SELECT count(*) FROM notes").ShouldBe(0L);
        await database.WriteAsync(connection, () => connection.Execute("INSERT INTO notes VALUES ('short')"), Cancel);
    }

    [Fact]
    public async Task Writers_of_one_process_queue_up_without_blocking()
    {
        using var database = await Database.OpenAsync(PathOfFile, Cancel);
        await using var first = await database.ConnectAsync(Cancel);
        await using var second = await database.ConnectAsync(Cancel);
        var source = new TaskCompletionSource<bool>();
        var loading = database.WriteAsync(first, () => source.Task, Cancel);

        var writing = database.WriteAsync(second, () => second.Execute("CREATE TABLE notes(text TEXT)"), Cancel);
        writing.IsCompleted.ShouldBeFalse();
        source.SetResult(true);

        await loading;
        await writing;
    }

    [Fact]
    public async Task Cancelling_interrupts_a_long_statement()
    {
        using var database = await Database.OpenAsync(PathOfFile, Cancel);
        await using var connection = await database.ConnectAsync(Cancel);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        connection.CreateFunction("begun", () =>
        {
            cancel.Cancel();
            return 1;
        });

        await Should.ThrowAsync<OperationCanceledException>(() => database.ReadAsync(
            connection,
            () => connection.Scalar("""
                WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
                """),
            cancel.Token));
    }

    [Theory]
    [InlineData(raw.SQLITE_FULL, IngestError.Stopped, "free some space")]
    [InlineData(raw.SQLITE_BUSY, IngestError.Stopped, "another program")]
    [InlineData(raw.SQLITE_LOCKED, IngestError.Stopped, "another program")]
    [InlineData(raw.SQLITE_IOERR, IngestError.Stopped, "check the disk")]
    [InlineData(raw.SQLITE_READONLY, IngestError.Configuration, "right to write")]
    [InlineData(raw.SQLITE_CORRUPT, IngestError.Configuration, ".recover")]
    [InlineData(raw.SQLITE_NOTADB, IngestError.Configuration, "--store")]
    [InlineData(raw.SQLITE_CANTOPEN, IngestError.Configuration, "folder")]
    [InlineData(raw.SQLITE_CONSTRAINT, IngestError.Configuration, "constraints")]
    public void Each_fault_says_what_to_do(int code, IngestError error, string advice)
    {
        var explained = SqliteFaults.Explain(new SqliteException($"SQLite Error {code}: 'something of the matter'.", code), "sqlite:x.db");

        explained.Error.ShouldBe(error);
        explained.Message.ShouldStartWith("sqlite:x.db: something of the matter: ");
        explained.Message.ShouldContain(advice);
    }

    private static async Task ShouldBeRefusedAsync(string file, params string[] named)
    {
        var refusal = await Should.ThrowAsync<IngestException>(() => SqliteStore.OpenAsync(file, Cancel));
        refusal.Error.ShouldBe(IngestError.Configuration);
        foreach (var name in named)
        {
            refusal.Message.ShouldContain(name);
        }
    }
}
