using System.Collections.Concurrent;
using IngestEmbeddings.Tests.Http.Endpoints;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>The real program as a process, with an endpoint that fails, reorders and limits.</summary>
public sealed class EndpointProgramTests : IAsyncLifetime
{
    private const int Rows = 20_000;
    private const int Workers = 4;
    private const int WindowRows = 500;

    private static readonly Dictionary<string, string> Key = new() { ["EMBED_API_KEY"] = Canary.Password };

    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-e2e-").FullName;
    private EndpointServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await EndpointServer.StartAsync();
        (_server.FailOneIn, _server.MaxItems, _server.Reorders, _server.Key) = (20, 10, true, Canary.Password);
        await File.WriteAllLinesAsync(
            Path.Combine(_folder, "texts.tsv"), Enumerable.Range(1, Rows).Select(static i => $"{i}\tText number {i}").Prepend("id\ttext"));
        (await RunAsync("init", "documents", "--dimensions", "16")).ExitCode.ShouldBe(0);
        (await RunAsync("load", "documents", "texts.tsv")).ExitCode.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_row_gets_the_right_vector_whatever_the_endpoint_does()
    {
        var run = await RunAsync(Run);

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldEndWith($"Total processed={Rows}");
        run.Errors.ShouldContain("retries.");
        await ShouldBeRightAsync();
    }

    [Fact]
    public async Task Killed_in_the_middle_a_rerun_encodes_nothing_again_but_the_windows_in_flight()
    {
        await using (var tool = ToolProcess.Start(Run, Key, folder: _folder))
        {
            await tool.WaitForLineAsync(static line => line.Contains("Progress: 4000 /", StringComparison.Ordinal));
            tool.Kill();
            await tool.WaitAsync();
        }

        var written = await ReadAsync();
        var before = new ConcurrentDictionary<string, int>(_server.Encoded, StringComparer.Ordinal);
        var rerun = await RunAsync(Run);

        rerun.ExitCode.ShouldBe(0, rerun.Errors);
        written.Count.ShouldBeInRange(4000, Rows - 1);
        written.Keys.ShouldAllBe(text => _server.Encoded[text] == before[text], "A row that was written is encoded again.");

        // Each worker encodes a window, and may hold one more that is being written. A request whose answer was lost counts too.
        before.Keys.Count(text => text.StartsWith("Text", StringComparison.Ordinal) && !written.ContainsKey(text)).ShouldBeLessThanOrEqualTo(2 * Workers * WindowRows);
        await ShouldBeRightAsync();
    }

    private string[] Run => ["documents", "100", "--workers", $"{Workers}", "--model", _server.Address + "#mini"];

    private Task<ToolResult> RunAsync(params string[] arguments) => ToolProcess.RunAsync(arguments, Key, TimeSpan.FromMinutes(5), _folder);

    private async Task ShouldBeRightAsync()
    {
        var vectors = await ReadAsync();
        vectors.Count.ShouldBe(Rows);
        foreach (var (text, vector) in vectors)
        {
            vector.ShouldBe(_server.VectorOf(text), text);
        }
    }

    private async Task<Dictionary<string, float[]>> ReadAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "ingest.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT text, embedding FROM documents WHERE embedding IS NOT NULL";
        await using var reader = await command.ExecuteReaderAsync();
        var vectors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        while (await reader.ReadAsync())
        {
            var bytes = reader.GetFieldValue<byte[]>(1);
            vectors[reader.GetString(0)] = [.. Enumerable.Range(0, bytes.Length / sizeof(float)).Select(i => BitConverter.ToSingle(bytes, i * sizeof(float)))];
        }

        return vectors;
    }
}
