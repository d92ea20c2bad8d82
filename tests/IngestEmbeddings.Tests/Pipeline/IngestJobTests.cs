using System.Text.RegularExpressions;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Sqlite;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Pipeline;

public sealed partial class IngestJobTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingest-job-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_example_of_the_documentation_fills_a_table()
    {
        var file = await CreateAsync("Aloha mai", "E komo mai");
        var myObserver = new RecordingObserver();
        var stopping = TestContext.Current.CancellationToken;

        // Example
        await using var job = await IngestJob.OpenAsync(new IngestJobOptions
        {
            OpenStore = async (observer, token) => await SqliteStore.OpenAsync(file, token),
            Table = new TableRequest { Table = "sentences" },
            LoadEncoder = (observer, token) => Task.FromResult<IEncoder>(new HashingEncoder()),
            Observers = [myObserver],
        });
        var summary = await job.RunAsync(new IngestOptions { Workers = 2, BatchSize = 100 }, stopping);
        Console.WriteLine($"{summary.Written} rows written, {summary.Failed} failed");
        // End of the example

        summary.Written.ShouldBe(2);
        summary.Proof.ShouldBe(new RunProof(0, 0));
        myObserver.Total.ShouldBe(2);
        Lines(File.ReadAllText(Repository.PathOf("docs", "library.md"))).ShouldContain(Lines(Example()));
    }

    [Fact]
    public async Task Several_observers_see_the_same_events()
    {
        var file = await CreateAsync("a", "b");
        RecordingObserver[] observers = [new(), new()];
        await using var job = await OpenAsync(file, new HashingEncoder(), observers);

        await job.RunAsync(new IngestOptions { BatchSize = 1 }, TestContext.Current.CancellationToken);

        observers[0].Events.ShouldBe(observers[1].Events);
        observers[0].Batches.Count.ShouldBe(2);
        observers[0].Events.OfType<WorkerEnded>().ShouldHaveSingleItem().Written.ShouldBe(2);
    }

    [Fact]
    public async Task Without_an_encoder_it_measures_alone()
    {
        var file = await CreateAsync("a b", "c");
        await using (var embedding = await OpenAsync(file, new HashingEncoder()))
        {
            embedding.Work.ShouldBeOfType<EmbedWork>();
            await embedding.RunAsync(new IngestOptions { Limit = 1 }, TestContext.Current.CancellationToken);
        }

        await using var job = await OpenAsync(file, encoder: null);

        job.Work.ShouldBeOfType<MeasureWork>();
        (await job.RunAsync(new IngestOptions(), TestContext.Current.CancellationToken)).Written.ShouldBe(0);
    }

    [Fact]
    public async Task A_request_is_kept_and_its_own_observer_sees_the_run()
    {
        var file = await CreateAsync("a", "a");
        var (all, own) = (new RecordingObserver(), new RecordingObserver());
        await using var job = await OpenAsync(file, new HashingEncoder(), all);
        var options = new IngestOptions();

        await job.RunAsync(
            options.RequestFor(job.Work) with { Frequency = true, Observer = own }, options, new TextMeter(), TestContext.Current.CancellationToken);

        own.Batches.ShouldHaveSingleItem().Averages.ShouldNotBeNull().Frequency.ShouldBe(2);
        all.Batches.ShouldBe(own.Batches);
    }

    [Fact]
    public async Task What_cannot_be_opened_leaves_nothing_open()
    {
        var file = await CreateAsync("a");

        await Should.ThrowAsync<TableNotFoundException>(() => IngestJob.OpenAsync(
            new IngestJobOptions { OpenStore = Opener(file), Table = new TableRequest { Table = "nope" } }, TestContext.Current.CancellationToken));
        await Should.ThrowAsync<InvalidOperationException>(() => IngestJob.OpenAsync(
            new IngestJobOptions
            {
                OpenStore = Opener(file),
                Table = new TableRequest { Table = "sentences" },
                LoadEncoder = (_, _) => throw new InvalidOperationException("No model."),
            },
            TestContext.Current.CancellationToken));

        // A file that is still open is refused.
        await using var job = await OpenAsync(file, encoder: null);
    }

    private static Func<IIngestObserver, CancellationToken, Task<IStore>> Opener(string file) =>
        async (_, token) => await SqliteStore.OpenAsync(file, token);

    private static Task<IngestJob> OpenAsync(string file, IEncoder? encoder, params IIngestObserver[] observers) => IngestJob.OpenAsync(
        new IngestJobOptions
        {
            OpenStore = Opener(file),
            Table = new TableRequest { Table = "sentences" },
            LoadEncoder = encoder is null ? null : (_, _) => Task.FromResult(encoder),
            Observers = observers,
        },
        TestContext.Current.CancellationToken);

    private async Task<string> CreateAsync(params string[] texts)
    {
        var file = Path.Combine(_folder.FullName, "a.db");
        await using var store = await SqliteStore.OpenAsync(file, TestContext.Current.CancellationToken);
        var table = new TableRequest { Table = "sentences" };
        await store.InitAsync(new InitRequest { Table = table }, TestContext.Current.CancellationToken);
        await store.LoadAsync(
            new LoadRequest { Table = table }, texts.Select(text => new LoadRow(null, text)).ToAsyncEnumerable(), TestContext.Current.CancellationToken);
        return file;
    }

    private static string Example() =>
        File.ReadAllText(Repository.PathOf("tests", "IngestEmbeddings.Tests", "Pipeline", "IngestJobTests.cs"))
            .Split("// Example\n")[1].Split("// End of the example")[0];

    private static string Lines(string text) => Indentation().Replace(text, "\n").Trim();

    [GeneratedRegex(@"\n +", RegexOptions.None, 1000)]
    private static partial Regex Indentation();
}
