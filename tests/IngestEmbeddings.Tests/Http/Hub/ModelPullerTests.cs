using IngestEmbeddings.Events;
using IngestEmbeddings.Onnx.Folders;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Http.Hub;

/// <summary>Fetching a model where nothing goes wrong.</summary>
public sealed class ModelPullerTests : IAsyncDisposable
{
    private readonly HubFixture _hub = new();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Only_the_files_that_a_model_needs_are_fetched()
    {
        var model = await _hub.PullAsync();

        FilesOf(model.Folder).ShouldBe(
            ["1_Pooling/config.json", "config.json", "modules.json", "onnx/model.onnx", "tokenizer.json"], ignoreOrder: true);
        model.Files.ShouldBe(5);
        model.Fetched.ShouldBe(model.Size);
        File.ReadAllBytes(Path.Combine(model.Folder, "onnx", "model.onnx")).ShouldBe(_hub.Files[HubFixture.Graph]);
        _hub.StoreRequests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("fp16", "model_fp16.onnx")]
    [InlineData("int8", "model_quantized.onnx")]
    public async Task The_graph_is_that_of_the_precision(string precision, string graph)
    {
        _hub.OnStore = request => HubFixture.Send(request, _hub.Files[request.Target[1..]]);

        var model = await _hub.PullAsync(precision: precision);

        Directory.GetFiles(Path.Combine(model.Folder, "onnx")).Select(Path.GetFileName).ShouldBe([graph]);
    }

    [Fact]
    public async Task The_weights_next_to_the_graph_come_with_it()
    {
        _hub.Files["onnx/model.onnx_data"] = [1, 2, 3];

        var model = await _hub.PullAsync();

        File.ReadAllBytes(Path.Combine(model.Folder, "onnx", "model.onnx_data")).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task The_cache_has_the_layout_of_Hugging_Face_and_the_model_is_found_there()
    {
        var model = await _hub.PullAsync();

        model.Folder.ShouldBe(_hub.Snapshot);
        File.ReadAllText(Path.Combine(_hub.Repository, "refs", "main")).ShouldBe(HubFixture.Commit);
        File.Exists(_hub.GraphBlob).ShouldBeTrue();
        new FileInfo(Path.Combine(model.Folder, "onnx", "model.onnx")).LinkTarget.ShouldBe(
            Path.Combine("..", "..", "..", "blobs", Path.GetFileName(_hub.GraphBlob)));
        ModelFinder.TryFind("org/name", name => name == "HF_HUB_CACHE" ? _hub.Cache : null).ShouldBe(_hub.Snapshot);
    }

    [Theory]
    [InlineData("v1.0")]
    [InlineData("refs/pr/1")]
    public async Task A_revision_is_kept_under_its_name(string revision)
    {
        await _hub.PullAsync("org/name@" + revision);

        _hub.HubRequests.First().Target.ShouldStartWith($"/api/models/org/name/revision/{Uri.EscapeDataString(revision)}?");
        File.ReadAllText(Path.Combine(_hub.Repository, "refs", revision)).ShouldBe(HubFixture.Commit);
        ModelFinder.TryFind("org/name@" + revision, name => name == "HF_HUB_CACHE" ? _hub.Cache : null).ShouldBe(_hub.Snapshot);
        ModelFinder.TryFind("org/name@" + HubFixture.Commit, name => name == "HF_HUB_CACHE" ? _hub.Cache : null).ShouldBe(_hub.Snapshot);
    }

    [Fact]
    public async Task What_is_there_is_not_fetched_again()
    {
        await _hub.PullAsync();

        var again = await _hub.PullAsync();

        again.Fetched.ShouldBe(0);
        _hub.StoreRequests.Count.ShouldBe(1);
        _hub.HubRequests.Count(request => request.Target.Contains("/resolve/", StringComparison.Ordinal)).ShouldBe(5);
    }

    [Fact]
    public async Task A_content_that_was_cut_later_is_fetched_again()
    {
        await _hub.PullAsync();
        await File.WriteAllBytesAsync(_hub.GraphBlob, new byte[10]);

        await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(_hub.Files[HubFixture.Graph]);
    }

    [Fact]
    public async Task Progress_is_told_with_sizes_and_ends_at_the_total()
    {
        _hub.OnStore = request => HubFixture.Send(request, _hub.Files[HubFixture.Graph]) with { Pause = TimeSpan.FromMilliseconds(15) };

        var model = await _hub.PullAsync();

        var progress = _hub.Events.OfType<PullProgressed>().ToArray();
        progress.Length.ShouldBeInRange(2, 20);
        progress.ShouldAllBe(step => step.Total == model.Size && step.Received <= model.Size && step.Model == "org/name");
        progress.Select(static step => step.Received).ShouldBeInOrder();
        _hub.Events.OfType<PullFinished>().Single().Fetched.ShouldBe(model.Size);
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_once()
    {
        _hub.OnStore = request => HubFixture.Send(request, _hub.Files[HubFixture.Graph]) with { Pause = TimeSpan.FromMilliseconds(10) };

        var pulls = await Task.WhenAll(_hub.PullAsync(), _hub.PullAsync());

        pulls.ShouldAllBe(model => model.Folder == _hub.Snapshot);
        _hub.StoreRequests.Count.ShouldBe(1);
        _hub.Events.ShouldContain(new PullWaiting("org/name"));
    }

    [Fact]
    public async Task A_lock_that_Python_holds_is_waited_for()
    {
        var path = Path.Combine(_hub.Cache, ".locks", "models--org--name", Path.GetFileName(_hub.GraphBlob) + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var pull = Task.CompletedTask;
        await using (new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            pull = _hub.PullAsync();
            while (!_hub.Events.Contains(new PullWaiting("org/name")))
            {
                await Task.Delay(10);
            }

            _hub.StoreRequests.ShouldBeEmpty();
        }

        await pull;
        _hub.StoreRequests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_to_no_other_host()
    {
        await _hub.PullAsync();

        _hub.HubRequests.ShouldAllBe(request => request.Headers["Authorization"] == "Bearer " + HubFixture.Token);
        _hub.StoreRequests.ShouldAllBe(request => !request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task A_redirect_within_the_hub_keeps_the_token()
    {
        _hub.OnHub = static request => request.Target.EndsWith($"{HubFixture.Commit}/config.json", StringComparison.Ordinal)
            ? RawReply.Redirect("/moved/config.json", 307)
            : request.Target == "/moved/config.json" ? RawReply.Text(200, "{}") : null;

        await _hub.PullAsync();

        _hub.HubRequests.Single(static request => request.Target == "/moved/config.json").Headers["Authorization"]
            .ShouldBe("Bearer " + HubFixture.Token);
    }

    [Fact]
    public void Options_never_show_the_token() => _hub.Options.ToString().ShouldNotContain(HubFixture.Token);

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path));
}
