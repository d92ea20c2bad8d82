using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>
/// The base of the suites that every store passes. A store subclasses each suite in one line;
/// <see cref="SuiteCoverageTests"/> fails when it lacks one.
/// </summary>
public abstract class StoreConformance<TFixture>(TFixture fixture) : IClassFixture<TFixture>, IAsyncLifetime
    where TFixture : class, IStoreFixture
{
    /// <summary>Long enough for a loaded machine; a test that reaches it hangs.</summary>
    protected const int TimeoutMs = 120_000;

    protected TFixture Fixture { get; } = fixture;

    protected IStore Store => Fixture.Store;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected static EncoderDescription Encoder { get; } = new() { Model = "test:first", Dimension = 4, Fingerprint = "f1" };

    protected static RunRequest WithVectors { get; } = new() { Work = new EmbedWork(Encoder), WindowRows = 4 };

    protected static RunRequest MetricsOnly { get; } = new() { Work = new MeasureWork(), WindowRows = 4 };

    public async ValueTask InitializeAsync() => await Fixture.ResetAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The vector of a text: a pure function, so that a vector of another text shows.</summary>
    protected static float[] VectorOf(string text)
    {
        var vector = new float[Encoder.Dimension];
        foreach (var value in System.Text.Encoding.UTF8.GetBytes(text))
        {
            vector[value % vector.Length] += 1 + (value / 256f);
        }

        return vector;
    }

    protected static TextMetrics MetricsOf(string text, int? frequency = null) =>
        new(text.Split(' ').Length, text.EnumerateRunes().Count(), 0.5f, 1, frequency);

    protected static IReadOnlyList<string> NumberedTexts(int count) =>
        [.. Enumerable.Range(1, count).Select(number => $"text {number}")];

    protected async Task<IIngestTable> CreateAsync(TableSpec spec)
    {
        await Fixture.CreateTableAsync(spec);
        return await OpenAsync(spec.Name);
    }

    protected Task<IIngestTable> CreateAsync(string name, params IReadOnlyList<string?> texts) =>
        CreateAsync(new TableSpec(name) { Texts = texts });

    protected Task<IIngestTable> OpenAsync(string name) => Store.OpenTableAsync(new TableRequest { Table = name }, Cancel);

    protected static RowBatch BatchOf(RowWindow window, RunRequest request, IReadOnlyList<int> rows, bool completes) => new()
    {
        Window = window,
        Rows = rows,
        Metrics = [.. rows.Select(row => MetricsOf(window.Texts[row], window.Frequencies?[row]))],
        Vectors = request.Work is MeasureWork
            ? null
            : [.. rows.Select(row => (ReadOnlyMemory<float>)VectorOf(window.Texts[row]))],
        CompletesWindow = completes,
    };

    protected static RowBatch WholeOf(RowWindow window, RunRequest request) =>
        BatchOf(window, request, [.. Enumerable.Range(0, window.Count)], completes: true);

    /// <summary>Reads and writes until the run has no more rows, as a worker does.</summary>
    /// <returns>The texts of the rows that were offered, in the order they were.</returns>
    protected static async Task<IReadOnlyList<string>> DrainAsync(IRowSession session, RunRequest request)
    {
        var offered = new List<string>();
        do
        {
            while (await session.ReadAsync(request.WindowRows, Cancel) is { } window)
            {
                window.Count.ShouldBeInRange(1, request.WindowRows);
                offered.AddRange(window.Texts);
                await session.WriteAsync(WholeOf(window, request), Cancel);
            }
        }
        while (await session.WaitForMoreAsync(Cancel));
        return offered;
    }

    /// <summary>A whole run with one worker.</summary>
    protected static async Task<(IReadOnlyList<string> Offered, RunProof Proof)> RunAsync(IIngestTable table, RunRequest request)
    {
        await using var run = await table.StartRunAsync(request, Cancel);
        IReadOnlyList<string> offered;
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            offered = await DrainAsync(session, request);
        }

        return (offered, await run.FinishAsync(Cancel));
    }

    /// <summary>Each row with text has the vector and the metrics of that text; each other row has neither.</summary>
    protected async Task ShouldBeDoneAsync(string table)
    {
        foreach (var (ordinal, row) in await Fixture.ReadAsync(table))
        {
            if (string.IsNullOrWhiteSpace(row.Text))
            {
                row.Vector.ShouldBeNull($"row {ordinal} of {table}");
                row.Metrics.ShouldBeNull($"row {ordinal} of {table}");
            }
            else
            {
                row.Vector.ShouldBe(VectorOf(row.Text), $"row {ordinal} of {table}");
                ShouldBeMetricsOf(row, $"row {ordinal} of {table}");
            }
        }
    }

    protected static void ShouldBeMetricsOf(StoredRow row, string message)
    {
        var expected = MetricsOf(row.Text!);
        var actual = row.Metrics.ShouldNotBeNull(message);
        (actual with { Frequency = null }).ShouldBe(expected, message);
    }

    protected static async Task<IngestException> ShouldRefuseAsync(Func<Task> action, params string[] named)
    {
        var refusal = await action.ShouldThrowAsync<IngestException>();
        Canary.ShouldBeAbsentFrom(refusal.ToString());
        foreach (var name in named)
        {
            $"{refusal.Message} {refusal.Suggestion}".ShouldContain(name);
        }

        return refusal;
    }

    /// <summary>Configuration is wrong, exit code 5: the message names the things, among them the next step.</summary>
    protected static async Task ShouldBeMisconfiguredAsync(Func<Task> action, params string[] named) =>
        (await ShouldRefuseAsync(action, named)).Error.ShouldBe(IngestError.Configuration);

    protected static async IAsyncEnumerable<LoadRow> Rows(params IEnumerable<(string? Id, string? Text)> rows)
    {
        foreach (var (id, text) in rows)
        {
            yield return new LoadRow(id, text);
            await Task.CompletedTask;
        }
    }
}
