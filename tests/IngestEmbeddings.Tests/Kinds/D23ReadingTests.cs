using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Reading creates nothing, and what other programs write otherwise is no name of a file.</summary>
public sealed class D23ReadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-d23-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("status")]
    [InlineData("index")]
    [InlineData("bench", "--model", "builtin:hashing")]
    [InlineData("bench", "--write", "--model", "builtin:hashing")]
    [InlineData("status", "--store", "sqlite:other.db")]
    [InlineData("run", "--dry-run")]
    public async Task A_command_that_reads_leaves_an_empty_folder_empty(params string[] line)
    {
        var result = await ToolProcess.RunAsync(line, folder: _folder);

        result.ExitCode.ShouldBe(line[0] == "run" ? 0 : 5, result.Errors);
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
        (await ToolProcess.RunAsync(["run", "--progress", "none"], folder: _folder)).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("status", "notes")]
    [InlineData("status", "notes", "--exact", "--json")]
    [InlineData("run", "notes", "--dry-run", "--model", "builtin:hashing")]
    [InlineData("plan", "notes", "--model", "builtin:hashing")]
    [InlineData("bench", "notes", "--model", "builtin:hashing", "--seconds", "0.1")]
    [InlineData("search", "notes", "Aloha", "--model", "builtin:hashing")]
    [InlineData("verify", "notes", "--model", "builtin:hashing")]
    public async Task A_command_that_reads_changes_no_byte_of_a_file(params string[] line)
    {
        var file = Path.Combine(_folder, "ingest.db");
        await CreateAsync(file);
        var (before, names) = (await File.ReadAllBytesAsync(file, Cancel), Directory.GetFileSystemEntries(_folder));

        var result = await ToolProcess.RunAsync(line, folder: _folder);

        result.ExitCode.ShouldBeOneOf(0, 4, 6);
        Directory.GetFileSystemEntries(_folder).ShouldBe(names, ignoreOrder: true);
        (await File.ReadAllBytesAsync(file, Cancel)).ShouldBe(before);
    }

    [Theory]
    [InlineData("status", "notes")]
    [InlineData("search", "notes", "Aloha", "--model", "builtin:hashing")]
    [InlineData("verify", "notes", "--model", "builtin:hashing")]
    public async Task A_command_that_reads_works_next_to_one_that_writes(params string[] line)
    {
        var file = Path.Combine(_folder, "ingest.db");
        await CreateAsync(file);
        await using var writer = await SqliteStore.OpenAsync(file, Cancel);

        (await ToolProcess.RunAsync(line, folder: _folder)).ExitCode.ShouldBeOneOf(0, 4, 6);
    }

    [Fact]
    public async Task A_file_on_a_file_system_without_writes_is_read()
    {
        await CreateAsync(Path.Combine(_folder, "ingest.db"));
        await using var disk = await SmallFileSystem.CreateAsync(megabytes: 16);
        File.Copy(Path.Combine(_folder, "ingest.db"), Path.Combine(disk.Folder, "ingest.db"));
        await disk.MakeReadOnlyAsync();

        var result = await ToolProcess.RunAsync(["status", "notes"], folder: disk.Folder);

        result.ExitCode.ShouldBe(4, result.Errors);
    }

    [Theory]
    [InlineData("sqlite://a.db")]
    [InlineData("sqlite:///a.db")]
    [InlineData("sqlite::memory:")]
    [InlineData("sqlite::memory")]
    [InlineData("sqlite:file:a.db")]
    [InlineData("sqlite:a.db?mode=memory")]
    [InlineData("sqlite:")]
    [InlineData("sqlite:folder/")]
    public async Task What_another_program_would_understand_otherwise_is_refused(string store)
    {
        var result = await ToolProcess.RunAsync(["run", "--progress", "none", "--store", store], folder: _folder);

        result.ExitCode.ShouldBe(2, result.Errors);
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
        File.Exists("/a.db").ShouldBeFalse();
    }

    [Theory]
    [InlineData("run", "sentences")]
    [InlineData("init", "sentences")]
    [InlineData("status", "sentences")]
    [InlineData("load", "sentences", "a.txt")]
    public async Task A_folder_that_is_missing_is_named(params string[] line)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.txt"), "Aloha\n", TestContext.Current.CancellationToken);

        var result = await ToolProcess.RunAsync([.. line, "--store", "sqlite:missing/a.db"], folder: _folder);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain("missing/a.db");
        result.Errors.ShouldNotContain("Exception");
    }

    // As another program left it: the tool has added its columns, and its own tables are gone.
    private async Task CreateAsync(string file)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "notes.txt"), "Aloha kākou\nHello all\n", Cancel);
        (await ToolProcess.RunAsync(["init", "notes", "--store", "sqlite:ingest.db"], folder: _folder)).ExitCode.ShouldBe(0);
        (await ToolProcess.RunAsync(["load", "notes", "notes.txt"], folder: _folder)).ExitCode.ShouldBe(0);
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "DROP TABLE ingest_embeddings_failed_row; DROP TABLE ingest_embeddings_receipt; DROP TABLE ingest_embeddings_setting";
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
