using IngestEmbeddings.Events;
using IngestEmbeddings.Http.Hub;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Http.Hub;

/// <summary>Everything that a hub, its storage and the network between may do wrong.</summary>
[Slow]
public sealed class PullFaultTests : IAsyncDisposable
{
    private readonly HubFixture _hub = new();

    private byte[] Graph => _hub.Files[HubFixture.Graph];

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task A_connection_that_breaks_goes_on_where_it_broke()
    {
        _hub.OnStore = request => HubFixture.Send(request, Graph) with { BreakAfter = request.RangeStart < 40_000 ? 20_000 : null };

        var model = await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
        _hub.StoreRequests.Select(static request => request.RangeStart).ShouldBe([0, 20_000, 40_000]);
        model.Fetched.ShouldBe(model.Size);
    }

    [Fact]
    public async Task What_an_earlier_process_received_is_kept_and_counted()
    {
        await BreakOffAsync();
        _hub.OnStore = static _ => null;

        var model = await _hub.PullAsync();

        _hub.StoreRequests.Last().RangeStart.ShouldBe(30_000);
        model.Fetched.ShouldBe(20_000);
        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
        File.Exists(_hub.Unfinished).ShouldBeFalse();
    }

    [Fact]
    public async Task A_connection_that_always_breaks_ends_with_what_is_kept()
    {
        var fault = await BreakOffAsync();

        fault.Message.ShouldContain("onnx/model.onnx of org/name broke off again and again");
        fault.Message.ShouldContain("30000 of 50000 bytes are kept. Run the same command to go on.");
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task A_server_that_sends_all_again_is_understood()
    {
        await BreakOffAsync();
        _hub.OnStore = _ => new RawReply(200, Graph);

        await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
    }

    [Fact]
    public async Task A_server_that_refuses_the_range_is_asked_for_all()
    {
        await BreakOffAsync();
        _hub.OnStore = request => request.RangeStart > 0 ? RawReply.Text(416) : null;

        await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
    }

    [Fact]
    public async Task A_range_that_begins_elsewhere_is_not_appended()
    {
        await BreakOffAsync();
        _hub.OnStore = request => request.RangeStart > 0
            ? new RawReply(206, Graph[10..]) { Headers = new() { ["Content-Range"] = "bytes 10-49999/50000" } }
            : null;

        await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
    }

    [Fact]
    public async Task A_beginning_of_another_content_is_found_out_and_fetched_again()
    {
        await BreakOffAsync();
        await File.WriteAllBytesAsync(_hub.Unfinished, new byte[30_000]);
        _hub.OnStore = static _ => null;

        await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
    }

    [Fact]
    public async Task A_content_that_was_swapped_never_becomes_a_model()
    {
        _hub.OnStore = request => HubFixture.Send(request, new byte[Graph.Length]);

        var fault = await FailAsync();

        fault.Message.ShouldContain("onnx/model.onnx of org/name has the hash");
        File.Exists(_hub.Unfinished).ShouldBeFalse();
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task A_small_file_that_was_swapped_never_becomes_a_model()
    {
        _hub.OnHub = static request => request.Target.EndsWith("/modules.json", StringComparison.Ordinal) ? RawReply.Text(200, "{}") : null;

        (await FailAsync()).Message.ShouldContain("modules.json of org/name has the hash");
        ShouldHaveNoModel();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_content_longer_than_the_list_says_never_becomes_a_model(bool withoutLength)
    {
        _hub.OnStore = _ => new RawReply(200, [.. Graph, 1]) { WithoutLength = withoutLength };

        (await FailAsync()).Message.ShouldContain("is longer than the 50000 bytes that the hub's list says");
        File.Exists(_hub.Unfinished).ShouldBeFalse();
        ShouldHaveNoModel();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_content_shorter_than_the_list_says_never_becomes_a_model(bool withoutLength)
    {
        _hub.OnStore = request => HubFixture.Send(request, Graph[..49_999]) with { WithoutLength = withoutLength };

        (await FailAsync()).Message.ShouldContain("broke off again and again");
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task A_stated_length_that_is_wrong_is_no_reason_to_believe_it()
    {
        _hub.OnStore = request => HubFixture.Send(request, Graph) with { StatedLength = 99_999 };

        (await FailAsync()).Message.ShouldContain("is longer than the 50000 bytes");
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task A_slow_server_is_waited_for()
    {
        _hub.Limits = _hub.Limits with { StallTimeout = TimeSpan.FromSeconds(5) };
        _hub.OnStore = request => HubFixture.Send(request, Graph) with { Pause = TimeSpan.FromMilliseconds(20) };

        await _hub.PullAsync();

        _hub.StoreRequests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_stops_for_ever_in_the_middle_is_left_and_asked_for_the_rest()
    {
        _hub.OnStore = request => request.RangeStart == 0 ? new RawReply(200, Graph) { BreakAfter = 25_000, Stalls = true } : null;

        await _hub.PullAsync();

        File.ReadAllBytes(_hub.GraphBlob).ShouldBe(Graph);
        _hub.StoreRequests.Last().RangeStart.ShouldBe(25_000);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_left()
    {
        _hub.Limits = _hub.Limits with { AnswerTimeout = TimeSpan.FromMilliseconds(100), MaxRetries = 1 };
        _hub.OnHub = static _ => new RawReply(200, []) { Stalls = true };

        (await FailAsync()).Message.ShouldContain("cannot be reached: it did not answer within 0.1 s. Use --model all-MiniLM-L6-v2 (English)");
    }

    [Fact]
    public async Task Where_no_hub_can_be_reached_the_shipped_model_is_offered()
    {
        var options = _hub.Options with { Endpoint = new Uri("http://127.0.0.1:1") };

        var fault = await Should.ThrowAsync<IngestException>(() => new ModelPuller(options).PullAsync(new("org/name", "main"), "auto", default));

        fault.Error.ShouldBe(IngestError.Configuration);
        fault.Message.ShouldStartWith("org/name is not on this machine, and http://127.0.0.1:1 cannot be reached: ");
        fault.Message.ShouldContain("Use --model all-MiniLM-L6-v2 (English), which comes with the program");
        _hub.Events.OfType<HubRetryScheduled>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Offline_nothing_is_asked()
    {
        var options = _hub.Options with { Offline = true };

        var fault = await Should.ThrowAsync<IngestException>(() => new ModelPuller(options).PullAsync(new("org/name", "main"), "auto", default));

        fault.Message.ShouldContain("HF_HUB_OFFLINE");
        fault.Message.ShouldContain("--model all-MiniLM-L6-v2");
        _hub.HubRequests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(401, "", "refuses the token in HF_TOKEN for org/name")]
    [InlineData(403, "GatedRepo", "Accept the model's terms at http")]
    [InlineData(404, "RepoNotFound", "org/name is no folder here, and no model on http")]
    [InlineData(404, "RevisionNotFound", "org/name has no revision 'main'")]
    [InlineData(418, "", "answers 418")]
    public async Task A_refusal_says_what_it_means(int status, string code, string expected)
    {
        _hub.OnHub = _ => RawReply.Text(status) with { Headers = new() { ["X-Error-Code"] = code } };

        (await FailAsync()).Message.ShouldContain(expected);
        _hub.HubRequests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(401, "no public model")]
    [InlineData(403, "set HF_TOKEN to a token of that account")]
    public async Task Without_a_token_a_refusal_says_to_set_one(int status, string expected)
    {
        _hub.OnHub = _ => RawReply.Text(status);

        var fault = await Should.ThrowAsync<IngestException>(
            () => new ModelPuller(_hub.Options with { Token = null }).PullAsync(new("org/name", "main"), "auto", default));

        fault.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_refusal_of_the_storage_is_told_too()
    {
        _hub.OnStore = static _ => RawReply.Text(403);

        await FailAsync();
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task A_hub_that_asks_to_wait_is_waited_for()
    {
        var asked = 0;
        _hub.OnHub = _ => Interlocked.Increment(ref asked) == 1
            ? RawReply.Text(429) with { Headers = new() { ["Retry-After"] = "1" } }
            : null;

        await _hub.PullAsync();

        _hub.Events.OfType<HubRetryScheduled>().ShouldBe([new HubRetryScheduled("127.0.0.1", 429, TimeSpan.FromSeconds(1))]);
    }

    [Fact]
    public async Task A_hub_that_asks_to_wait_for_long_is_not_waited_for()
    {
        _hub.OnHub = static _ => RawReply.Text(429) with { Headers = new() { ["Retry-After"] = "3600" } };

        (await FailAsync()).Message.ShouldContain("takes no more requests for 60 min. Run the same command after that");
        _hub.HubRequests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_hub_that_fails_now_and_then_is_asked_again()
    {
        var asked = 0;
        _hub.OnHub = _ => Interlocked.Increment(ref asked) % 2 == 1 ? RawReply.Text(503) : null;

        await _hub.PullAsync();

        _hub.Events.OfType<HubRetryScheduled>().ShouldAllBe(retry => retry.Status == 503);
    }

    [Fact]
    public async Task A_redirect_to_plain_http_elsewhere_is_not_followed()
    {
        _hub.OnHub = static request => request.Target.Contains("/resolve/", StringComparison.Ordinal) ? RawReply.Redirect("http://models.example/x") : null;

        (await FailAsync()).Message.ShouldContain("redirects to http://models.example, which is not https");
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        _hub.OnHub = static request => RawReply.Redirect(request.Target);

        (await FailAsync()).Message.ShouldContain("redirects more than 5 times");
    }

    [Theory]
    [InlineData("<html>Please log in</html>")]
    [InlineData("[]")]
    [InlineData("{ \"sha\": \"../../x\", \"siblings\": [] }")]
    [InlineData("{ \"sha\": \"abc\", \"siblings\": [ { \"rfilename\": 1 } ] }")]
    public async Task An_answer_that_is_no_list_is_told_as_such(string answer)
    {
        _hub.OnHub = _ => RawReply.Text(200, answer);

        (await FailAsync()).Message.ShouldContain("Is HF_ENDPOINT a hub of Hugging Face's kind");
    }

    [Fact]
    public async Task A_list_without_end_is_not_read_to_the_end()
    {
        _hub.Limits = _hub.Limits with { MaxListBytes = 10_000 };
        _hub.OnHub = static _ => new RawReply(200, new byte[100_000]);

        await FailAsync();
    }

    [Theory]
    [InlineData("onnx/model.onnx_data/../../../../escaped", 5, null)]
    [InlineData(HubFixture.Graph, -1, null)]
    [InlineData(HubFixture.Graph, 5, "../../../escaped")]
    [InlineData(HubFixture.Graph, long.MaxValue / 4, null)]
    public async Task A_list_that_would_write_outside_the_cache_or_without_bounds_is_refused(string path, long size, string? hash)
    {
        _hub.Files[path] = [1, 2, 3, 4, 5];
        _hub.Listed = file => file.Path == path ? file with { Size = size, Hash = hash?.PadRight(64, 'x') ?? file.Hash } : file;

        (await FailAsync()).Message.ShouldContain("gives no usable name, size and hash");
        Directory.GetFileSystemEntries(_hub.Cache).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_is_larger_than_the_disk_is_not_begun()
    {
        _hub.Limits = _hub.Limits with { MaxFileBytes = long.MaxValue };
        _hub.Listed = static file => file.Path == HubFixture.Graph ? file with { Size = 1L << 60 } : file;

        (await FailAsync()).Message.ShouldContain("MB free. HF_HUB_CACHE names another folder.");
        _hub.StoreRequests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repository_without_ONNX_names_twins_and_the_export()
    {
        foreach (var path in _hub.Files.Keys.Where(static path => path.EndsWith(".onnx", StringComparison.Ordinal)).ToArray())
        {
            _hub.Files.Remove(path);
        }

        var fault = await FailAsync();

        fault.Message.ShouldContain("org/name holds no ONNX graph");
        fault.Message.ShouldContain("onnx-community/Qwen3-Embedding-0.6B-ONNX");
        fault.Message.ShouldContain("optimum-cli export onnx --model org/name --task feature-extraction name");
    }

    [Fact]
    public void A_popular_model_without_ONNX_names_its_twin()
    {
        OnnxTwins.NoGraph(new("Qwen/Qwen3-Embedding-0.6B", "main")).Message
            .ShouldContain("Its twin has one: --model onnx-community/Qwen3-Embedding-0.6B-ONNX.");
    }

    [Fact]
    public async Task A_precision_that_is_not_there_names_what_is()
    {
        _hub.Files.Remove("onnx/model_quantized.onnx");

        (await FailAsync("int8")).Message.ShouldContain(
            "org/name has no graph whose name says int8, only onnx/model.onnx, onnx/model_fp16.onnx. Make one from fp32: ingest-embeddings model quantize org/name --texts FILE");
    }

    [Fact]
    public async Task Cancelling_keeps_what_was_received()
    {
        using var stop = new CancellationTokenSource();
        _hub.OnStore = request => HubFixture.Send(request, Graph) with { BreakAfter = 10_000, Stalls = true };
        _hub.Limits = _hub.Limits with { StallTimeout = TimeSpan.FromMinutes(1) };
        var pull = _hub.PullAsync(cancellationToken: stop.Token);
        while (!File.Exists(_hub.Unfinished) || new FileInfo(_hub.Unfinished).Length < 10_000)
        {
            await Task.Delay(10);
        }

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => pull);
        new FileInfo(_hub.Unfinished).Length.ShouldBe(10_000);
        ShouldHaveNoModel();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_hub.Cache, ".locks"), "");

        (await FailAsync()).Message.ShouldContain($"org/name cannot be kept in {_hub.Cache}: ");
    }

    [Theory]
    [InlineData("http://hub.example")]
    [InlineData("hub.example")]
    [InlineData("ftp://hub.example")]
    [InlineData("https://user:secret@hub.example")]
    public void An_endpoint_that_is_not_safe_is_refused(string endpoint)
    {
        Should.Throw<IngestException>(() => HubOptions.Read(name => name == "HF_ENDPOINT" ? endpoint : null, "/cache"))
            .Message.ShouldContain("give an https address");
    }

    [Fact]
    public void The_environment_of_Hugging_Face_is_honoured()
    {
        var options = HubOptions.Read(
            static name => name switch { "HF_ENDPOINT" => "https://mirror.example/hf/", "HF_TOKEN" => " t\n", "HF_HUB_OFFLINE" => "true", _ => null }, "/cache");

        options.Endpoint.OriginalString.ShouldBe("https://mirror.example/hf");
        options.Token.ShouldBe("t");
        options.Offline.ShouldBeTrue();
        HubOptions.Read(static _ => null, "/cache").Endpoint.ShouldBe(new Uri("https://huggingface.co"));
    }

    private async Task<IngestException> BreakOffAsync()
    {
        _hub.OnStore = request => HubFixture.Send(request, Graph) with { BreakAfter = 30_000 - request.RangeStart };
        return await FailAsync();
    }

    private async Task<IngestException> FailAsync(string precision = "auto")
    {
        var fault = await Should.ThrowAsync<IngestException>(() => _hub.PullAsync(precision: precision));
        fault.ToString().ShouldNotContain(HubFixture.Token);
        return fault;
    }

    private void ShouldHaveNoModel()
    {
        File.Exists(_hub.GraphBlob).ShouldBeFalse();
        Directory.Exists(_hub.Snapshot).ShouldBeFalse();
        File.Exists(Path.Combine(_hub.Repository, "refs", "main")).ShouldBeFalse();
    }
}
