using System.Collections.Concurrent;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Http.Endpoints;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Http.Endpoints;

public sealed class EndpointEncoderTests : IAsyncLifetime, IIngestObserver
{
    private const string Key = "sk-neverShown";
    private const int ProbeTexts = 10;

    private readonly ConcurrentQueue<IngestEvent> _events = [];
    private EndpointServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await EndpointServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    void IIngestObserver.Observe(IngestEvent ingestEvent) => _events.Enqueue(ingestEvent);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Each_text_gets_its_own_vector(bool base64, bool reorders)
    {
        (_server.Base64, _server.Reorders) = (base64, reorders);

        await ShouldEncodeAsync(Texts(300));
    }

    [Fact]
    public async Task It_is_described_by_what_the_server_makes()
    {
        await using var encoder = await ConnectAsync();

        encoder.Description.Model.ShouldBe(_server.Address + "#mini");
        encoder.Description.Dimension.ShouldBe(16);
        encoder.Description.Normalized.ShouldBeTrue();
        encoder.Description.Device.ShouldBe(new Uri(_server.Address).Authority);
    }

    [Theory]
    [InlineData(413)]
    [InlineData(400)]
    [InlineData(422)]
    public async Task The_number_of_texts_is_learned_from_refusals(int status)
    {
        (_server.MaxItems, _server.RefusalStatus) = (10, status);
        await using var encoder = await ConnectAsync();

        await ShouldEncodeAsync(encoder, Texts(300));
        var learned = _server.Requests.Count;
        await ShouldEncodeAsync(encoder, Texts(300, "again"));

        _server.Requests.Skip(learned).ShouldAllBe(request => request.Items <= 10 && request.Status == 200);
    }

    [Fact]
    public async Task The_length_of_texts_is_learned_from_refusals()
    {
        _server.MaxCharacters = 2000;
        await using var encoder = await ConnectAsync();
        await ShouldEncodeAsync(encoder, Texts(128));

        await ShouldEncodeAsync(encoder, [.. Enumerable.Range(0, 40).Select(static i => $"{i} " + new string('x', 900))]);
        var learned = _server.Requests.Count;
        await ShouldEncodeAsync(encoder, [.. Enumerable.Range(0, 40).Select(static i => $"{i} " + new string('y', 900))]);

        _server.Requests.Skip(learned).ShouldAllBe(request => request.Status == 200);
    }

    [Fact]
    public async Task Failures_now_and_then_are_retried()
    {
        _server.FailOneIn = 5;
        await using var encoder = await ConnectAsync();

        await ShouldEncodeAsync(encoder, Texts(2000));

        _events.OfType<EndpointRetryScheduled>().ShouldContain(static retry => retry.Status == 503);
        _events.OfType<EndpointRetryScheduled>().ShouldContain(static retry => retry.Status == null);
    }

    [Fact]
    public async Task A_server_that_asks_to_wait_is_waited_for()
    {
        await using var encoder = await ConnectAsync();
        _server.Instead = static (number, context) => AnswerAsync(context, 429, number == ProbeTexts + 1, ("Retry-After", "1"));

        await ShouldEncodeAsync(encoder, ["a"]);

        _events.OfType<EndpointRetryScheduled>().Single().Wait.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_server_that_asks_to_wait_for_long_ends_the_run_which_can_be_resumed()
    {
        await using var encoder = await ConnectAsync();
        _server.Instead = static (_, context) => AnswerAsync(context, 429, true, ("Retry-After", "7200"));

        var fault = await Should.ThrowAsync<IngestException>(() => EncodeAsync(encoder, ["a"]));

        fault.Error.ShouldBe(IngestError.Stopped);
        fault.Message.ShouldContain("takes no more requests for now, for 120 min. Written rows are kept; run the same command to resume.");
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_the_run_which_can_be_resumed()
    {
        var encoder = await ConnectAsync();
        await _server.DisposeAsync();

        var fault = await Should.ThrowAsync<IngestException>(() => EncodeAsync(encoder, ["a"]));

        fault.Error.ShouldBe(IngestError.Stopped);
        fault.Message.ShouldContain("cannot be reached");
        _server = await EndpointServer.StartAsync();
    }

    [Theory]
    [InlineData(null, "wants a key (401): set EMBED_API_KEY")]
    [InlineData("sk-wrong", "refuses the key in EMBED_API_KEY (401).")]
    public async Task A_key_that_is_missing_or_wrong_is_told_and_never_shown(string? key, string expected)
    {
        _server.Key = Key;

        var fault = await Should.ThrowAsync<IngestException>(() => EndpointEncoder.ConnectAsync(Options with { Key = key }, default));

        fault.Message.ShouldContain(expected);
        fault.ToString().ShouldNotContain("sk-");
        (Options with { Key = Key }).ToString().ShouldNotContain(Key);
    }

    [Fact]
    public async Task The_key_is_sent_and_not_to_another_address()
    {
        await using var other = await EndpointServer.StartAsync();
        await using var encoder = await EndpointEncoder.ConnectAsync(Options with { Key = Key }, default);
        _server.Instead = (_, context) =>
        {
            context.Response.Redirect(other.Address + "/embeddings", permanent: false, preserveMethod: true);
            return Task.FromResult(true);
        };

        (await Should.ThrowAsync<IngestException>(() => EncodeAsync(encoder, ["a"]))).Message.ShouldContain("answers with a redirect");

        _server.Keys.ShouldAllBe(sent => sent == "Bearer " + Key);
        other.Keys.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_model_at_another_address_is_the_same_and_another_one_is_not()
    {
        await using var other = await EndpointServer.StartAsync();
        await using var first = await ConnectAsync();
        await using var second = await EndpointEncoder.ConnectAsync(EndpointOptions.Parse(other.Address + "#mini"), default);
        other.Weights = "changed";
        await using var changed = await EndpointEncoder.ConnectAsync(EndpointOptions.Parse(other.Address + "#mini"), default);

        second.Description.Fingerprint.ShouldBe(first.Description.Fingerprint);
        changed.Description.Fingerprint.ShouldNotBe(first.Description.Fingerprint);
    }

    [Fact]
    public async Task The_only_model_of_a_server_needs_no_name()
    {
        await using var encoder = await EndpointEncoder.ConnectAsync(EndpointOptions.Parse(_server.Address), default);

        encoder.Description.Model.ShouldBe(_server.Address + "#mini");
    }

    [Fact]
    public async Task Of_several_models_one_must_be_named()
    {
        _server.Models = ["a", "b"];

        var fault = await Should.ThrowAsync<IngestException>(() => EndpointEncoder.ConnectAsync(EndpointOptions.Parse(_server.Address), default));

        fault.Message.ShouldContain($"such as --model {_server.Address}#a. It has: a, b");
    }

    [Fact]
    public async Task Identical_texts_are_sent_once()
    {
        await using var encoder = await ConnectAsync();

        await ShouldEncodeAsync(encoder, ["a", "b", "a", "a"]);

        _server.Encoded["a"].ShouldBe(1);
        encoder.Counters.Rows.ShouldBe(4);
    }

    [Fact]
    public async Task A_text_that_is_refused_alone_fails_alone_and_is_not_shown()
    {
        _server.Refuses = static text => text == "secret text";
        await using var encoder = await ConnectAsync();
        using var block = new VectorBlock(3, 16);

        await encoder.EncodeAsync(["a", "secret text", "b"], TextRole.Document, block, default);

        block.Failure(1).ShouldBe("the endpoint refuses this text of 11 characters alone: HTTP 413, too_large");
        block.IsEncoded(0).ShouldBeTrue();
        block.IsEncoded(2).ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_refuses_every_text_ends_the_run()
    {
        await using var encoder = await ConnectAsync();
        _server.Refuses = static _ => true;

        (await Should.ThrowAsync<IngestException>(() => EncodeAsync(encoder, Texts(40)))).Message.ShouldContain("refused more than 10 texts in a row");
    }

    [Theory]
    [InlineData("{ \"data\": [] }", "it has 0 vectors for 1 texts")]
    [InlineData("{ \"data\": [ { \"index\": 7, \"embedding\": [1] } ] }", "it has an entry with the index 7")]
    [InlineData("{ \"data\": [ { \"index\": 0, \"embedding\": [1] }, { \"index\": 0, \"embedding\": [1] } ] }", "it has an entry with the index 0")]
    [InlineData("{ \"data\": [ { \"index\": 0, \"embedding\": \"AAA=\" } ] }", "no list of 32-bit floats")]
    [InlineData("<html>", "it is not a list of embeddings")]
    public async Task An_answer_without_a_vector_for_each_text_is_never_taken(string answer, string expected)
    {
        await using var encoder = await ConnectAsync();
        _server.Instead = async (_, context) =>
        {
            await context.Response.WriteAsync(answer);
            return true;
        };

        (await Should.ThrowAsync<IngestException>(() => EncodeAsync(encoder, ["a"]))).Message.ShouldContain(expected);
    }

    [Fact]
    public async Task Dimensions_are_asked_for()
    {
        await using var encoder = await EndpointEncoder.ConnectAsync(Options with { Dimensions = 8 }, default);
        using var block = new VectorBlock(1, 8);

        await encoder.EncodeAsync(["a"], TextRole.Document, block, default);

        block.Row(0).ToArray().ShouldBe(_server.VectorOf("a", 8));
    }

    [Fact]
    public async Task Dimensions_that_the_server_does_not_know_are_an_error()
    {
        _server.KnowsDimensions = false;

        (await Should.ThrowAsync<IngestException>(() => EndpointEncoder.ConnectAsync(Options with { Dimensions = 8 }, default)))
            .Message.ShouldContain("makes 16 components, although --dimensions asks for 8");
    }

    [Fact]
    public async Task The_prompt_of_the_role_is_put_before_the_text()
    {
        await using var encoder = await EndpointEncoder.ConnectAsync(Options with { DocumentPrompt = "passage: ", QueryPrompt = "query: " }, default);
        using var block = new VectorBlock(1, 16);

        await encoder.EncodeAsync(["a"], TextRole.Query, block, default);

        _server.Encoded.ShouldContainKey("query: a");
    }

    [Fact]
    public async Task A_wish_to_stop_leaves_texts_unmarked_and_throws_nothing()
    {
        using var stop = new CancellationTokenSource();
        await using var encoder = await ConnectAsync();
        _server.Instead = async (_, context) =>
        {
            await stop.CancelAsync();
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            return true;
        };
        using var block = new VectorBlock(500, 16);

        await encoder.EncodeAsync(Texts(500), TextRole.Document, block, stop.Token);

        Enumerable.Range(0, 500).ShouldAllBe(row => !block.IsEncoded(row) && block.Failure(row) == null);
    }

    [Fact]
    public async Task What_it_cost_is_told_at_the_end()
    {
        var encoder = await ConnectAsync();
        await ShouldEncodeAsync(encoder, ["one two three"]);
        await encoder.DisposeAsync();

        var used = _events.OfType<EndpointUsed>().Single();
        used.Requests.ShouldBe(ProbeTexts + 1);
        used.Tokens.ShouldBe(3);
        used.Retries.ShouldBe(0);
    }

    [Theory]
    [InlineData("http://user:secret@host/v1#m")]
    [InlineData("https://host/v1?key=secret#m")]
    [InlineData("http://")]
    public void An_address_with_a_secret_or_without_a_host_is_refused(string model) =>
        Should.Throw<IngestException>(() => EndpointOptions.Parse(model)).Message.ShouldNotContain("secret");

    private static async Task<bool> AnswerAsync(HttpContext context, int status, bool applies, params (string Name, string Value)[] headers)
    {
        if (applies)
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.WriteAsync("{}");
        }

        return applies;
    }

    private static string[] Texts(int count, string word = "text") => [.. Enumerable.Range(0, count).Select(i => $"{word} {i}")];

    private EndpointOptions Options => EndpointOptions.Parse(_server.Address + "#mini") with
    {
        Observer = this,
        Limits = new EndpointLimits { RetryDelay = TimeSpan.FromMilliseconds(5), MaxRetries = 4 },
    };

    private Task<EndpointEncoder> ConnectAsync() => EndpointEncoder.ConnectAsync(Options, default);

    private static async Task EncodeAsync(EndpointEncoder encoder, string[] texts)
    {
        using var block = new VectorBlock(texts.Length, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, block, default);
    }

    private async Task ShouldEncodeAsync(string[] texts)
    {
        await using var encoder = await ConnectAsync();
        await ShouldEncodeAsync(encoder, texts);
    }

    private async Task ShouldEncodeAsync(EndpointEncoder encoder, string[] texts)
    {
        using var block = new VectorBlock(texts.Length, encoder.Description.Dimension);
        await encoder.EncodeAsync(texts, TextRole.Document, block, default);
        for (var row = 0; row < texts.Length; row++)
        {
            block.IsEncoded(row).ShouldBeTrue(texts[row]);
            block.Row(row).ToArray().ShouldBe(_server.VectorOf(texts[row]));
        }
    }
}
