using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Telemetry;

public sealed class TelemetryTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_collector_receives_the_named_spans_and_meters_of_a_run_and_no_secret_key_or_text()
    {
        await using var collector = new OtlpServer();
        await using var database = await PostgresDatabase.CreateAsync();
        var settings = database.Settings;
        string[] store = ["--store", $"postgresql://{settings.Username}:{Canary.Password}@{settings.Host}:{settings.Port}/{settings.Database}"];
        await database.ExecuteAsync("CREATE TABLE notes (id text PRIMARY KEY, text text, embedding vector(384))");
        (await _program.RunAsync(["init", "notes", .. store])).ExitCode.ShouldBe(0);
        await database.ExecuteAsync("INSERT INTO notes (id, text) SELECT 'kauoha-key-' || i, 'kauoha-text ' || i FROM generate_series(1, 1200) AS i");

        // A process of its own: the driver's meters would tell of the tests' connections too.
        var run = await ToolProcess.RunAsync(
            ["run", "notes", "--workers", "2", "--model", "builtin:hashing", "--progress", "none", .. store],
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint },
            folder: _program.Folder);

        run.ExitCode.ShouldBe(0, run.Errors);
        foreach (var span in new[] { "ingest.run", "ingest.window", "ingest.read", "ingest.tokenize", "ingest.encode", "ingest.write", "Npgsql" })
        {
            collector.Traces.ShouldContain(span);
        }

        foreach (var meter in new[] { "ingest.rows.written", "ingest.tokens", "ingest.batches", "ingest.workers", "ingest.windows.in_flight", "ingest.stage.duration", "Npgsql" })
        {
            collector.Metrics.ShouldContain(meter);
        }

        var all = collector.Traces + collector.Metrics;
        Canary.ShouldBeAbsentFrom(all);
        all.ShouldNotContain("kauoha-key");
        all.ShouldNotContain("kauoha-text");
        all.ShouldNotContain("Host=");
        all.ShouldNotContain("SELECT ");
    }

    [Fact]
    public async Task An_endpoint_that_is_no_URL_is_refused_before_anything_is_done()
    {
        _program.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "localhost";

        var result = await _program.RunAsync("run");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("OTEL_EXPORTER_OTLP_ENDPOINT is no URL such as http://localhost:4318.");
    }
}
