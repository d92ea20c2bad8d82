using System.Text.Json.Nodes;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Tests.Onnx;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

/// <summary>What a model leaves out of long texts is said before a run, at its end, and later. The model takes eight tokens.</summary>
public sealed class TruncatedTextTests : IDisposable
{
    private readonly TestProgram _program = new();
    private readonly ModelFolderFixture _model = new(BertShape.Tiny with { Positions = 8 });

    public void Dispose()
    {
        _model.Dispose();
        _program.Dispose();
    }

    [Fact]
    public async Task The_plan_the_run_and_the_status_name_the_rows_that_lose_the_most()
    {
        // Of n words of one token each, between two special tokens, n − 6 are lost.
        await LoadAsync([2, 9, 30, 6, 7]);

        var plan = await _program.RunAsync($"plan notes --model {_model.Path}");
        var run = await _program.RunAsync($"run notes --progress none --model {_model.Path}");
        var status = await _program.RunAsync("status notes");

        plan.Output.ShouldContain("Most lost: 3 (24 tokens), 2 (3 tokens), 5 (1 token).");
        run.Errors.ShouldContain("3 rows of notes had more than the 8 tokens that the model takes: 28 tokens, ");
        status.Output.ShouldContain("3 rows had more tokens than the model takes: 28 tokens, ");
        foreach (var told in (string[])[plan.Output, run.Errors, status.Output])
        {
            told.ShouldContain("Most lost: 3 (24 tokens), 2 (3 tokens), 5 (1 token).");
            told.ShouldContain("To keep all of long texts, split them into chunks: ingest-embeddings split notes");
        }
    }

    [Fact]
    public async Task At_most_ten_rows_are_named_the_worst_of_all_runs_first()
    {
        await LoadAsync([.. Enumerable.Range(7, 25)]);
        (await _program.RunAsync($"run notes 12 --progress none --model {_model.Path} --limit 12")).ExitCode.ShouldBe(0);
        (await _program.RunAsync($"run notes --progress none --model {_model.Path}")).ExitCode.ShouldBe(0);

        var status = JsonNode.Parse((await _program.RunAsync("status notes --json")).Output)!["truncated"]!;

        status["rows"]!.GetValue<int>().ShouldBe(25);
        status["lost_tokens"]!.GetValue<int>().ShouldBe(Enumerable.Range(1, 25).Sum());
        status["most"]!.AsArray().Select(row => row!["key"]!.GetValue<string>()).ShouldBe(Enumerable.Range(16, 10).Reverse().Select(key => $"{key}"));
    }

    [Fact]
    public async Task Nothing_is_said_where_nothing_is_lost()
    {
        await LoadAsync([1, 6]);

        var plan = await _program.RunAsync($"plan notes --model {_model.Path}");
        var run = await _program.RunAsync($"run notes --progress none --model {_model.Path}");
        var status = await _program.RunAsync("status notes");

        foreach (var told in (string[])[plan.Output, run.Errors, status.Output])
        {
            told.ShouldNotContain("lost");
            told.ShouldNotContain("split");
        }
    }

    // Words of one letter are one token each.
    private async Task LoadAsync(int[] words)
    {
        _program.Write("notes.txt", string.Join('\n', words.Select(count => string.Join(' ', Enumerable.Repeat("a", count)))));
        (await _program.RunAsync($"init notes --dimensions {_model.Shape.Hidden}")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("load notes notes.txt")).ExitCode.ShouldBe(0);
    }
}
