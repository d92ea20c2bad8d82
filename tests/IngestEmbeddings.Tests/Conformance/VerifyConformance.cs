using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Faults that are planted in a table are found, and nothing in a clean one.</summary>
public abstract class VerifyConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private const string Name = "notes";

    private static readonly IReadOnlyList<string> Texts = ["a red house", "the green tree", "rain on a roof", "two cats", "a long road", "salt and pepper"];

    [Fact(Timeout = TimeoutMs)]
    public async Task Nothing_is_wrong_with_what_a_run_has_written_whatever_the_kind_of_key()
    {
        foreach (var kind in Fixture.KeyKinds)
        {
            var report = await VerifyAsync(await FillAsync($"clean_{kind}", kind));

            report.Findings.ShouldBeEmpty(kind);
            report.ShouldSatisfyAllConditions(
                () => report.Candidates.ShouldBe(Texts.Count),
                () => report.Vectors.ShouldBe(Texts.Count),
                () => report.Encoded.ShouldBe(Texts.Count));
        }
    }

    [Fact]
    public async Task A_row_without_a_vector_is_missing()
    {
        var table = await FillAsync();
        await Fixture.SetVectorAsync(Name, 2, null);

        ShouldBe(await VerifyAsync(table), "missing", 2).Command!.Command.ShouldBe("run");
    }

    [Fact]
    public async Task A_row_that_failed_is_counted_and_is_not_missing()
    {
        var table = await CreateAsync(new TableSpec(Name) { Dimension = HashingEncoder.Dimension, Texts = Texts });
        await using (var run = await table.StartRunAsync(RequestOf(), Cancel))
        await using (var session = await run.OpenSessionAsync(0, Cancel))
        {
            var window = (await session.ReadAsync(100, Cancel))!;
            await session.WriteAsync(
                new RowBatch { Window = window, Rows = [], Metrics = [], Vectors = [], Failures = [.. Enumerable.Range(0, window.Count).Select(row => new RowFailure(row, "encode", "too long"))], CompletesWindow = true },
                Cancel);
        }

        var report = await VerifyAsync(table);

        report.Findings.ShouldBeEmpty();
        report.Failed.ShouldBe(Texts.Count);
    }

    [Fact]
    public async Task A_vector_of_another_length_is_found()
    {
        var table = await FillAsync();
        await Fixture.SetVectorAsync(Name, 3, [.. VectorOfText(Texts[2]).Select(component => component * 2)]);

        ShouldBe(await VerifyAsync(table), "length", 3).Statement.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_vector_with_one_number_in_every_component_is_found()
    {
        var table = await FillAsync();
        await Fixture.SetVectorAsync(Name, 3, [.. Enumerable.Repeat(1 / MathF.Sqrt(HashingEncoder.Dimension), HashingEncoder.Dimension)]);

        ShouldBe(await VerifyAsync(table), "constant", 3);
    }

    [Fact]
    public async Task The_vector_of_an_older_text_is_found()
    {
        var table = await FillAsync();
        await Fixture.UpdateTextAsync(Name, 4, "two dogs");

        ShouldBe(await VerifyAsync(table), "other-text", 4);
    }

    [Fact]
    public async Task Vectors_that_two_rows_have_swapped_are_found()
    {
        var table = await FillAsync();
        await Fixture.SetVectorAsync(Name, 1, VectorOfText(Texts[4]));
        await Fixture.SetVectorAsync(Name, 5, VectorOfText(Texts[0]));

        ShouldBe(await VerifyAsync(table), "other-text", 1, 5);
    }

    [Fact]
    public async Task One_vector_in_rows_with_different_texts_is_found()
    {
        var table = await FillAsync();
        await Fixture.SetVectorAsync(Name, 6, VectorOfText(Texts[0]));

        ShouldBe(await VerifyAsync(table), "repeated", 6);
    }

    [Fact]
    public async Task The_vector_of_another_model_is_found()
    {
        var table = await FillAsync();
        var foreign = new float[HashingEncoder.Dimension];
        foreign[7] = 1;
        await Fixture.SetVectorAsync(Name, 2, foreign);

        ShouldBe(await VerifyAsync(table), "other-text", 2);
    }

    [Fact]
    public async Task Rows_without_metrics_are_found()
    {
        var table = await FillAsync();
        await Fixture.ClearMetricsAsync(Name);

        ShouldBe(await VerifyAsync(table), "no-metrics", 1, 2, 3, 4, 5, 6).Command!.Arguments.ShouldBe([Name, "--metrics-only"]);
    }

    [Fact]
    public async Task Metrics_that_are_not_those_of_the_text_are_found()
    {
        var table = await FillAsync();
        await Fixture.UpdateTextAsync(Name, 2, "The green tree and three more words");
        await Fixture.SetVectorAsync(Name, 2, VectorOfText("The green tree and three more words"));

        ShouldBe(await VerifyAsync(table), "metrics", 2).Statement!.ShouldContain("DELETE FROM");
    }

    [Fact]
    public async Task Metrics_of_a_row_that_is_gone_are_found()
    {
        var table = await FillAsync();
        await Fixture.DeleteAsync(Name, 3);

        ShouldBe(await VerifyAsync(table), "orphan-metrics", 3).Statement!.ShouldStartWith("DELETE FROM");
    }

    [Fact]
    public async Task Without_a_model_what_needs_none_is_found()
    {
        var table = await FillAsync();
        await Fixture.SetVectorAsync(Name, 2, null);
        await Fixture.UpdateTextAsync(Name, 4, "two dogs");

        var report = await new TableVerifier(table, Name, encoder: null).VerifyAsync(new VerifyOptions(), Cancel);

        report.Findings.ShouldHaveSingleItem().Check.ShouldBe("missing");
        report.Encoded.ShouldBe(0);
    }

    private static RunRequest RequestOf() => new() { Work = new EmbedWork(new HashingEncoder().Description) };

    private static float[] VectorOfText(string text)
    {
        var vector = new float[HashingEncoder.Dimension];
        HashingEncoder.Encode(text, vector);
        return vector;
    }

    private async Task<IIngestTable> FillAsync(string name = Name, string kind = "integer")
    {
        var table = await CreateAsync(new TableSpec(name) { KeyKind = kind, Dimension = HashingEncoder.Dimension, Texts = Texts });
        var ingest = new IngestOptions();
        await using var encoder = new HashingEncoder();
        await using var run = await table.StartRunAsync(ingest.RequestFor(new EmbedWork(encoder.Description)), Cancel);
        await new IngestPipeline(run, encoder, new TextMeter(), ingest, EventChannel.None).RunAsync(Cancel);
        return table;
    }

    private static async Task<VerifyReport> VerifyAsync(IIngestTable table)
    {
        await using var encoder = new HashingEncoder();
        return await new TableVerifier(table, Name, encoder).VerifyAsync(new VerifyOptions(), Cancel);
    }

    private Finding ShouldBe(VerifyReport report, string check, params int[] ordinals)
    {
        var finding = report.Findings.ShouldHaveSingleItem($"{string.Join("; ", report.Findings)}");
        finding.Check.ShouldBe(check);
        finding.Count.ShouldBe(ordinals.Length);
        finding.Keys.ShouldBe(ordinals.Select(ordinal => Fixture.DescribeKey(Name, ordinal)), ignoreOrder: true);
        return finding;
    }
}
