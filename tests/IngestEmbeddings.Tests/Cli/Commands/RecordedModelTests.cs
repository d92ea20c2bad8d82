using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Onnx.Quantizing;
using IngestEmbeddings.Tests.Onnx;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

/// <summary>Where no model is named, the one that made the vectors of the table is used, in the precision that it had.</summary>
public sealed class RecordedModelTests : IDisposable
{
    private readonly TestProgram _program = new();

    public RecordedModelTests() => _program.Environment.Remove("EMBED_MODEL");

    public void Dispose() => _program.Dispose();

    [Theory]
    [InlineData("search notes house --top 1", 0)]
    [InlineData("verify notes", 0)]
    [InlineData("run notes --progress none", 0)]
    [InlineData("plan notes", 0)]
    public async Task A_command_takes_the_model_of_the_table(string line, int code)
    {
        await FillAsync(HashingEncoder.Model, dimensions: 384);

        var result = await _program.RunAsync(line);

        result.ExitCode.ShouldBe(code, result.Errors);
        result.Errors.ShouldNotContain("MiniLM");
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("int8")]
    public async Task The_precision_is_that_of_the_vectors(string precision)
    {
        using var model = await QuantizedAsync();
        await FillAsync(model.Path, model.Shape.Hidden, "--precision", precision);

        (await _program.RunAsync("verify notes")).ExitCode.ShouldBe(0);
        var again = await _program.RunAsync("run notes --progress none");

        again.ExitCode.ShouldBe(0, again.Errors);
        again.Errors.ShouldContain(precision);
    }

    /// <summary>On this machine auto would take int8.</summary>
    [Theory]
    [InlineData("run notes --progress none")]
    [InlineData("run notes --dry-run")]
    [InlineData("verify notes")]
    public async Task The_same_weights_in_another_folder_are_taken_in_the_precision_of_the_vectors(string line)
    {
        using var model = await QuantizedAsync();
        await FillAsync(model.Path, model.Shape.Hidden, "--precision", "fp32");
        var moved = Path.Combine(_program.Folder, "moved");
        CopyFolder(model.Path, moved);

        var result = await _program.RunAsync([.. line.Split(' '), "--model", moved]);

        result.ExitCode.ShouldBe(0, result.Errors);
        result.Errors.ShouldNotContain("int8 on");
        (await _program.RunAsync("status notes")).Output.ShouldContain("notes: 0 rows pending");
    }

    [Theory]
    [InlineData("search notes house --top 1")]
    [InlineData("verify notes")]
    [InlineData("plan notes")]
    [InlineData("run notes --progress none")]
    [InlineData("run notes --progress none --long-texts mean")]
    public async Task Long_texts_are_read_as_they_were(string line)
    {
        using var model = new ModelFolderFixture(BertShape.Tiny with { Positions = 16 });
        await FillAsync(model.Path, model.Shape.Hidden, "--long-texts", "mean");
        (await _program.RunAsync("status notes")).Output.ShouldContain("fingerprint mean:");
        _program.Write("more.txt", string.Join(' ', Enumerable.Repeat("the sea and the land", 20)) + "\n");
        (await _program.RunAsync("load notes more.txt")).ExitCode.ShouldBe(0);
        if (line.StartsWith("verify", StringComparison.Ordinal))
        {
            // A row without a vector would be a finding.
            (await _program.RunAsync("run notes --progress none")).ExitCode.ShouldBe(0);
        }

        foreach (var options in new string[][] { [], ["--model", model.Path], ["--model", model.Path, "--precision", "fp32"] })
        {
            var result = await _program.RunAsync([.. line.Split(' '), .. options]);

            result.ExitCode.ShouldBe(0, result.Errors);
            (result.Output + result.Errors).ShouldNotContain("tokens are lost");
        }
    }

    [Fact]
    public async Task Long_texts_read_in_another_way_are_refused_and_the_difference_is_named()
    {
        using var model = new ModelFolderFixture();
        await FillAsync(model.Path, model.Shape.Hidden);

        var result = await _program.RunAsync("run notes --progress none --long-texts mean");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("long texts: mean here, cut there");
    }

    [Fact]
    public async Task An_endpoint_cannot_read_long_texts_in_windows()
    {
        await FillAsync(HashingEncoder.Model, dimensions: 384);

        var result = await _program.RunAsync("run notes --progress none --long-texts mean --model http://127.0.0.1:9/v1#name");

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("--long-texts mean needs the model's tokens, which an endpoint does not show");
    }

    [Fact]
    public async Task A_model_that_is_gone_is_named_with_the_way_out()
    {
        using (var model = await QuantizedAsync())
        {
            await FillAsync(model.Path, model.Shape.Hidden);
        }

        var result = await _program.RunAsync("search notes house");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("The vectors of notes were made by");
        result.Errors.ShouldContain("--model");
    }

    [Fact]
    public async Task A_model_that_is_named_is_taken_at_its_word()
    {
        using var model = await QuantizedAsync();
        await FillAsync(model.Path, model.Shape.Hidden);

        var result = await _program.RunAsync($"run notes --progress none --model {HashingEncoder.Model}");

        result.ExitCode.ShouldBe(5);
        result.Errors.ShouldContain("dimension");
    }

    private static async Task<ModelFolderFixture> QuantizedAsync()
    {
        var model = new ModelFolderFixture();
        await ModelQuantizer.QuantizeAsync(
            model.Path, ModelFolderFixture.Texts(60), new QuantizationOptions { Force = true }, TestContext.Current.CancellationToken);
        return model;
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private async Task FillAsync(string model, int dimensions, params string[] options)
    {
        _program.Write("notes.txt", "a red house\nthe sea and the land\n");
        (await _program.RunAsync($"init notes --dimensions {dimensions}")).ExitCode.ShouldBe(0);
        (await _program.RunAsync("load notes notes.txt")).ExitCode.ShouldBe(0);
        var run = await _program.RunAsync(["run", "notes", "--progress", "none", "--model", model, .. options]);
        run.ExitCode.ShouldBe(0, run.Errors);
    }
}
