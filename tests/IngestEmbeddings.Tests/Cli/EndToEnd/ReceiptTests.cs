using System.Text.Json;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>What a run leaves as its proof, over both stores.</summary>
public sealed class ReceiptTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task The_embedded_store_keeps_a_receipt_of_each_run_and_status_lists_them()
    {
        _program.Write("in.txt", "a b\na b\nc");
        await _program.RunAsync("load sentences in.txt");

        (await _program.RunAsync("sentences --limit 2 --receipt first.json")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("sentences --workers 2")).ExitCode.ShouldBe(0);

        var first = Read("first.json");
        first.GetProperty("outcome").GetString().ShouldBe("limit");
        first.GetProperty("rows").GetProperty("written").GetInt64().ShouldBe(2);
        first.GetProperty("proof").ValueKind.ShouldBe(JsonValueKind.Null);
        first.GetProperty("options").GetProperty("--limit").GetString().ShouldBe("2");
        var lines = (await _program.RunAsync("status --runs")).Output.TrimEnd().Split('\n');
        lines.Length.ShouldBe(2);
        lines[0].ShouldContain("complete: 1 row written, 0 failed in ");
        lines[1].ShouldContain("limit: 2 rows written, 0 failed in ");
        var receipts = JsonSchemas.Read("status", (await _program.RunAsync("status --runs --json")).Output).GetProperty("receipts");
        var last = JsonSchemas.Read("receipt", receipts[0].GetRawText());
        last.GetProperty("proof").GetProperty("pending").GetInt64().ShouldBe(0);
        receipts[1].GetRawText().ShouldBe(first.GetRawText());
    }

    [Fact]
    public async Task On_PostgreSQL_no_password_and_no_text_is_in_it()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        var settings = database.Settings;
        string[] store = ["--store", $"postgresql://{settings.Username}:{Canary.Password}@{settings.Host}:{settings.Port}/{settings.Database}"];
        (await _program.RunAsync(["init", "notes", .. store])).ExitCode.ShouldBe(0);
        await database.ExecuteAsync("INSERT INTO public.notes (id, text) SELECT i, 'kauoha-text ' || i FROM generate_series(1, 30) AS i");

        var run = await _program.RunAsync(["run", "notes", "--receipt", "run.json", "--progress", "none", .. store]);

        run.ExitCode.ShouldBe(0, run.Errors);
        var receipt = Read("run.json");
        receipt.GetProperty("outcome").GetString().ShouldBe("complete");
        receipt.GetProperty("proof").GetProperty("pending").GetInt64().ShouldBe(0);
        receipt.GetProperty("model").GetProperty("name").GetString().ShouldBe("builtin:hashing");
        foreach (var document in new[] { receipt.GetRawText(), await database.ScalarAsync<string>("SELECT document FROM ingest_embeddings.receipt") ?? "" })
        {
            Canary.ShouldBeAbsentFrom(document);
            document.ShouldNotContain("kauoha-text");
        }
    }

    [Fact]
    public async Task Failed_rows_are_counted_by_reason()
    {
        _program.Write("in.txt", "a\nb\nc");
        await _program.RunAsync("load sentences in.txt");
        await _program.RunAsync("status");
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_program.PathOf("ingest.db")};Pooling=False"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var refuse = connection.CreateCommand();
            refuse.CommandText = "CREATE TRIGGER refuse BEFORE UPDATE ON sentences WHEN new.text <> 'b' BEGIN SELECT raise(ABORT, 'not this one'); END";
            await refuse.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var run = await _program.RunAsync("sentences --receipt run.json");

        run.ExitCode.ShouldBe(3);
        var receipt = Read("run.json");
        receipt.GetProperty("failures").EnumerateArray().Sum(failure => failure.GetProperty("rows").GetInt64()).ShouldBe(2);
        receipt.GetProperty("proof").GetProperty("failed").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task A_run_that_an_error_ends_leaves_a_receipt_too()
    {
        _program.Write("in.txt", "a\nb\nc");
        await _program.RunAsync("load sentences in.txt");
        await _program.RunAsync("init --dimensions 384");
        await _program.RunAsync("run --limit 1");
        _program.LoadEncoder = (_, _, _, _) => Task.FromResult<IEncoder>(new OtherModel());

        var run = await _program.RunAsync("sentences --receipt run.json");

        run.ExitCode.ShouldBe(5);
        var receipt = Read("run.json");
        receipt.GetProperty("outcome").GetString().ShouldBe("failed");
        receipt.GetProperty("exit_code").GetInt32().ShouldBe(5);
        (await _program.RunAsync("status --runs")).Output.ShouldContain("failed: 0 rows written");
    }

    [Fact]
    public async Task A_file_that_cannot_be_is_refused_before_anything_is_done()
    {
        var result = await _program.RunAsync("sentences --receipt nowhere/run.json");

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("--receipt nowhere/run.json: give a file in a folder that exists.");
    }

    private sealed class OtherModel : IEncoder
    {
        public EncoderDescription Description { get; } = new() { Model = "other", Dimension = 384, Fingerprint = "other" };

        public EncoderCounters Counters => default;

        public ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private JsonElement Read(string file) => JsonSchemas.Read("receipt", File.ReadAllText(_program.PathOf(file)));
}
