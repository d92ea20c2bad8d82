using IngestEmbeddings.Tests.Onnx;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class ModelCommandTests : IDisposable
{
    private readonly TestProgram _program = new();
    private readonly ModelFolderFixture _model = new();

    public void Dispose()
    {
        _program.Dispose();
        _model.Dispose();
    }

    [Fact]
    public async Task Info_shows_what_was_understood()
    {
        _model.Write("config_sentence_transformers.json", new { prompts = new { query = "query: ", passage = "passage: " } });

        var result = await _program.RunAsync($"model info {_model.Path}");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldContain("kind:           bert");
        result.Output.ShouldContain("pooling:        mean");
        result.Output.ShouldContain("maximum tokens: 512");
        result.Output.ShouldContain("prompt:         query 'query: '");
        result.Output.ShouldContain("fp32");
        result.Output.ShouldContain("input_ids, attention_mask, token_type_ids -> last_hidden_state");
        result.Output.ShouldMatch("fingerprint: +[0-9a-f]{64}");
    }

    [Fact]
    public async Task Info_of_a_missing_model_ends_with_5() =>
        (await _program.RunAsync("model info no-owner/no-model")).ExitCode.ShouldBe(5);

    [Fact]
    public async Task Quantize_reports_and_run_then_takes_the_int8_graph()
    {
        _program.Write("texts.txt", string.Join('\n', ModelFolderFixture.Texts(60)));

        var result = await _program.RunAsync($"model quantize {_model.Path} --texts texts.txt");
        var run = await _program.RunAsync($"--model {_model.Path} --precision int8 --prefix passage --limit 20");

        result.ExitCode.ShouldBe(0);
        result.Output.ShouldContain("model_int8.onnx: 12 products in int8");
        result.Output.ShouldMatch(@"mean (0\.99|1\.00)\d+, p1 (0\.99|1\.00)\d+, worst (0\.9|1\.0)\d+");
        result.Output.ShouldMatch(@"Speed: \d+\.\d\d times fp32");
        run.Errors.ShouldContain("int8 on cpu");
        run.Errors.ShouldContain("prefix 'passage: '");
    }

    [Fact]
    public async Task Quantize_below_the_wanted_cosine_ends_with_6_unless_forced()
    {
        _program.Write("texts.txt", string.Join('\n', ModelFolderFixture.Texts(20)));
        var line = $"model quantize {_model.Path} --texts texts.txt --min-cosine 1";

        (await _program.RunAsync(line)).ExitCode.ShouldBe(6);
        (await _program.RunAsync(line + " --force")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Quantize_needs_texts_and_a_model()
    {
        var result = await _program.RunAsync("model quantize");
        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("--texts FILE");
        result.Errors.ShouldContain("A model must be given");
    }
}
