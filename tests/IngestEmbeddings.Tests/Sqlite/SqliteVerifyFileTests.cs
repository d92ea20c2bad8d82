using IngestEmbeddings.Tests.Cli;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Sqlite;

/// <summary><c>verify</c> as a program, over faults that only a BLOB lets in.</summary>
public sealed class SqliteVerifyFileTests : IDisposable
{
    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_clean_table_passes_and_what_is_no_number_or_too_short_is_found_and_healed()
    {
        (await _program.RunAsync("--frequency never")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("verify")).ShouldSatisfyAllConditions(
            clean => clean.ExitCode.ShouldBe(0, clean.Output),
            clean => clean.Output.ShouldContain("Nothing is wrong."));
        Execute("UPDATE sentences SET embedding = unhex('0000C07F' || substr(hex(embedding), 9)) WHERE id = 5; UPDATE sentences SET embedding = x'00000000' WHERE id = 6");

        var found = await _program.RunAsync("verify --json");

        found.ExitCode.ShouldBe(6, found.Errors);
        var document = JsonSchemas.Read("verify", found.Output.TrimEnd());
        var findings = document.GetProperty("findings").EnumerateArray().ToDictionary(finding => finding.GetProperty("check").GetString()!);
        findings.Keys.ShouldBe(["not-finite", "dimension"], ignoreOrder: true);
        findings["not-finite"].GetProperty("keys")[0].GetString().ShouldBe("5");
        findings["dimension"].GetProperty("keys")[0].GetString().ShouldBe("6");

        foreach (var finding in findings.Values)
        {
            Execute(finding.GetProperty("statement").GetString()!);
        }

        (await _program.RunAsync("--frequency never")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("verify")).ExitCode.ShouldBe(0);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_program.PathOf("ingest.db")};Pooling=False");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery().ShouldBeGreaterThan(0);
    }
}
