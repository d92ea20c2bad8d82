using System.Text.Json;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary><c>plan</c>, over both stores.</summary>
public sealed class PlanTests : IAsyncLifetime
{
    private readonly TestProgram _program = new();
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        _program.Dispose();
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Rows_and_repeated_texts_are_those_of_the_table_and_nothing_is_written()
    {
        await UsePostgresAsync("INSERT INTO notes (id, text) SELECT i, CASE WHEN i <= 90 THEN 'text ' || i % 60 WHEN i <= 95 THEN ' ' END FROM generate_series(1, 100) AS i");
        await RunAsync("run notes --limit 10 --progress none");
        await _database.ExecuteAsync("UPDATE notes SET text = 'another' WHERE id IN (1, 2); DELETE FROM notes WHERE id = 3");
        var before = await DumpAsync();

        var plan = await PlanAsync("plan notes --workers 3 --json");

        Number(plan, "pending").ShouldBe(82);
        Number(plan, "changed").ShouldBe(2);
        Number(plan, "gone").ShouldBe(1);
        Number(plan, "repeated").ShouldBe(82 - await _database.ScalarAsync<long>("SELECT count(DISTINCT text) FROM notes WHERE btrim(text) <> '' AND (embedding IS NULL OR id < 3)"));
        plan.GetProperty("connections").GetProperty("needed").GetInt32().ShouldBe(4);
        plan.GetProperty("refusals").GetArrayLength().ShouldBe(0);
        plan.GetProperty("seconds").GetDouble().ShouldBeGreaterThan(0);
        (await DumpAsync()).ShouldBe(before);
        (await _program.RunAsync("run notes --progress none")).Output.ShouldEndWith("Total processed=82\n");
    }

    [Fact]
    public async Task Before_the_first_run_there_is_nothing_of_the_tool_and_a_plan_makes_nothing()
    {
        await UsePostgresAsync("INSERT INTO notes (id, text) VALUES (1, 'a'), (2, 'b')");

        var plan = await PlanAsync("plan notes --limit 1 --json");

        (Number(plan, "pending"), Number(plan, "rows")).ShouldBe((2, 1));
        (await _database.ScalarAsync<bool>("SELECT to_regnamespace('ingest_embeddings') IS NULL")).ShouldBeTrue();
    }

    [Fact]
    public async Task Every_refusal_of_a_run_is_named_with_the_grants_that_are_missing()
    {
        await UsePostgresAsync("INSERT INTO notes (id, text) VALUES (1, 'a'), (2, 'b')");
        await RunAsync("run notes --limit 1 --progress none");
        await _database.ExecuteAsync("""
            UPDATE ingest_embeddings.space SET fingerprint = 'other', model = 'other';
            CREATE ROLE plan_reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public, ingest_embeddings TO plan_reader;
            GRANT USAGE ON SCHEMA ingest_embeddings TO plan_reader
            """);
        try
        {
            _program.Environment["PGUSER"] = "plan_reader";

            var result = await _program.RunAsync("plan notes --json");

            result.ExitCode.ShouldBe(5);
            var refusals = JsonSchemas.Read("plan", result.Output).GetProperty("refusals").EnumerateArray().Select(one => one.GetString()).ToList();
            refusals.ShouldContain(refusal => refusal!.Contains("GRANT UPDATE (embedding) ON public.notes TO plan_reader;", StringComparison.Ordinal));
            refusals.ShouldContain(refusal => refusal!.Contains("INSERT, UPDATE, DELETE ON ingest_embeddings.run TO plan_reader;", StringComparison.Ordinal));
            refusals.ShouldContain(refusal => refusal!.Contains("were made by model other", StringComparison.Ordinal));
            result.Errors.ShouldContain("error: A run would be refused: ");
        }
        finally
        {
            _program.Environment["PGUSER"] = _database.Settings.Username!;
            await _database.ExecuteAsync("DROP OWNED BY plan_reader; DROP ROLE plan_reader");
        }
    }

    [Fact]
    public async Task A_large_table_is_planned_from_a_sample()
    {
        await UsePostgresAsync("INSERT INTO notes (id, text) SELECT i, 'text ' || i % 300000 FROM generate_series(1, 600000) AS i");
        await _database.ExecuteAsync("ANALYZE notes");

        var plan = await PlanAsync("plan notes --json");

        plan.GetProperty("exact").GetBoolean().ShouldBeFalse();
        ((double)Number(plan, "pending")).ShouldBe(600_000, 20_000);
        ((double)Number(plan, "repeated")).ShouldBe(300_000, 60_000);
    }

    [Fact]
    public async Task The_embedded_store_is_planned_too()
    {
        _program.Write("in.txt", "a\na\nb");
        await _program.RunAsync("load sentences in.txt");
        await _program.RunAsync("run --limit 1 --progress none");

        var plan = await PlanAsync("plan --json");

        (Number(plan, "pending"), Number(plan, "repeated")).ShouldBe((2, 0));
        plan.GetProperty("connections").ValueKind.ShouldBe(JsonValueKind.Null);
        (await _program.RunAsync("plan")).Output.ShouldStartWith("Dry run: nothing is written.\n  store: ");
    }

    [Fact]
    public async Task Before_there_is_a_file_it_says_what_a_run_would_make()
    {
        (await _program.RunAsync("plan")).Output.ShouldContain("a run would create it with the sample corpus");
        File.Exists(_program.PathOf("ingest.db")).ShouldBeFalse();
    }

    private static long Number(JsonElement plan, string name) => plan.GetProperty(name).GetInt64();

    private async Task UsePostgresAsync(string rows)
    {
        var settings = _database.Settings;
        _program.Environment["PG_HOST"] = settings.Host!;
        _program.Environment["PGPORT"] = $"{settings.Port}";
        _program.Environment["PGDATABASE"] = settings.Database!;
        _program.Environment["PGUSER"] = settings.Username!;
        await RunAsync("init notes");
        await _database.ExecuteAsync(rows);
    }

    private async Task RunAsync(string line)
    {
        var result = await _program.RunAsync(line);
        result.ExitCode.ShouldBe(0, result.Errors);
    }

    private async Task<JsonElement> PlanAsync(string line)
    {
        var result = await _program.RunAsync(line);
        result.ExitCode.ShouldBe(0, result.Errors);
        return JsonSchemas.Read("plan", result.Output);
    }

    private Task<string?> DumpAsync() => _database.ScalarAsync<string>("""
        SELECT concat_ws(' ', (SELECT count(*) FROM notes WHERE embedding IS NULL), (SELECT count(*) FROM notes_metrics),
            (SELECT string_agg(r::text, ',') FROM ingest_embeddings.run r), (SELECT string_agg(k::text, ',') FROM ingest_embeddings.key_range k),
            (SELECT string_agg(s::text, ',') FROM ingest_embeddings.space s))
        """)!;
}
