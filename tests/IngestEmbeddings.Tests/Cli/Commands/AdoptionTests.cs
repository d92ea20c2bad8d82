using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

/// <summary>Vectors of which nothing records the model are taken over only where the model of the run makes the same.</summary>
public sealed class AdoptionTests : IDisposable
{
    private const string Forget = "UPDATE ingest_embeddings_space SET model = NULL, fingerprint = NULL";

    private readonly TestProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task Vectors_of_the_same_model_are_taken_over_and_that_is_said()
    {
        await FillAsync();
        Execute($"{Forget}; UPDATE notes SET embedding = NULL WHERE id = 30");

        var run = await _program.RunAsync("run notes --progress none");

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Errors.ShouldContain("20 texts encoded again with builtin:hashing gave the same (median cosine 1.0000)");
        (await _program.RunAsync("run notes --progress none")).Errors.ShouldNotContain("encoded again");
    }

    [Theory]
    [InlineData("run notes --progress none", "of 20 texts encoded again, 0 gave the vector that is stored")]
    [InlineData("run notes --progress none --adopt-sample 7", "of 7 texts encoded again, 0 gave")]
    [InlineData("run notes --dry-run", "of 20 texts encoded again, 0 gave")]
    [InlineData("plan notes", "of 20 texts encoded again, 0 gave")]
    public async Task Vectors_of_another_model_are_refused_with_both_ways_out(string line, string words)
    {
        await FillAsync();
        Execute($"{Forget}; CREATE TEMP TABLE v AS SELECT id, embedding FROM notes; UPDATE notes SET embedding = (SELECT embedding FROM v WHERE v.id = (notes.id % 30) + 1)");

        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain(words);
        result.Errors.ShouldContain("--model");
        result.Errors.ShouldContain("another file");
    }

    [Fact]
    public async Task A_few_vectors_of_older_texts_are_no_other_model()
    {
        await FillAsync();
        Execute($"{Forget}; UPDATE notes SET text = 'something else entirely' WHERE id = 5");

        (await _program.RunAsync("run notes --progress none")).ExitCode.ShouldBe(0);
    }

    private async Task FillAsync()
    {
        _program.Write("notes.txt", string.Concat(Enumerable.Range(1, 30).Select(static i => $"Sentence {i} of {i * i} words about {(char)('a' + (i % 26))}\n")));
        (await _program.RunAsync("init notes --dimensions 384")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("load notes notes.txt")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("run notes --progress none")).ExitCode.ShouldBe(0);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_program.PathOf("ingest.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
