using System.Globalization;
using System.Text.Json;
using IngestEmbeddings.Tests.Onnx;
using IngestEmbeddings.Tests.Support;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.EndToEnd;

/// <summary>The real program as a process, with a model and with each kind of file that it reads.</summary>
public sealed class ModelProgramTests : IDisposable
{
    private static readonly string[] Texts = ModelFolderFixture.Texts(60);

    private readonly ModelFolderFixture _model = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-e2e-").FullName;

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("tsv")]
    [InlineData("jsonl")]
    [InlineData("txt")]
    public async Task Rows_of_a_file_get_the_vectors_of_the_model(string format)
    {
        var file = Path.Combine(_folder, "texts." + format);
        await File.WriteAllLinesAsync(file, Lines(format));

        (await RunAsync("init", "documents", "--dimensions", "32", "--store", "sqlite:a.db")).ExitCode.ShouldBe(0);
        var loaded = await RunAsync("load", "documents", file, "--store", "sqlite:a.db");
        var run = await RunAsync("documents", "10", "--workers", "2", "--model", _model.Path, "--store", "sqlite:a.db", "--frequency", "always");

        loaded.ExitCode.ShouldBe(0, loaded.Errors);
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldEndWith($"Total processed={Texts.Length}");
        await using var encoder = _model.Encoder();
        var expected = await ModelFolderFixture.EncodeAsync(encoder, Texts);
        var actual = await ReadVectorsAsync();
        for (var i = 0; i < Texts.Length; i++)
        {
            Dot(expected[i], actual[Texts[i]]).ShouldBe(1, 1e-5, Texts[i]);
        }
    }

    [Fact]
    public async Task A_model_is_described_and_quantized()
    {
        var texts = Path.Combine(_folder, "texts.txt");
        await File.WriteAllLinesAsync(texts, Texts);

        var info = await RunAsync("model", "info", _model.Path);
        var quantized = await RunAsync("model", "quantize", _model.Path, "--texts", texts, "--force");

        info.ExitCode.ShouldBe(0, info.Errors);
        info.Output.ShouldContain(_model.Shape.Hidden.ToString(CultureInfo.InvariantCulture));
        quantized.ExitCode.ShouldBe(0, quantized.Errors);
        File.Exists(Path.Combine(_model.Path, "onnx", "model_int8.onnx")).ShouldBeTrue();
    }

    private static IEnumerable<string> Lines(string format) => format switch
    {
        "csv" => Texts.Select(static (text, i) => $"{i + 1},\"{text}\"").Prepend("id,text"),
        "tsv" => Texts.Select(static (text, i) => $"{i + 1}\t{text}").Prepend("id\ttext"),
        "jsonl" => Texts.Select(static (text, i) => JsonSerializer.Serialize(new { id = i + 1, text })),
        _ => Texts,
    };

    private static double Dot(float[] one, float[] other) => one.Zip(other, static (a, b) => (double)a * b).Sum();

    private Task<ToolResult> RunAsync(params string[] arguments) => ToolProcess.RunAsync(arguments, folder: _folder);

    private async Task<Dictionary<string, float[]>> ReadVectorsAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "a.db")};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT text, embedding FROM documents";
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var vectors = new Dictionary<string, float[]>(StringComparer.Ordinal);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var bytes = reader.GetFieldValue<byte[]>(1);
            vectors[reader.GetString(0)] = [.. Enumerable.Range(0, bytes.Length / sizeof(float)).Select(i => BitConverter.ToSingle(bytes, i * sizeof(float)))];
        }

        return vectors;
    }
}
