using IngestEmbeddings.Encoding;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>Another model than the one that made the vectors of a column is refused, and the difference is named; its name alone is none.</summary>
public abstract class ModelConformance<TFixture>(TFixture fixture) : StoreConformance<TFixture>(fixture)
    where TFixture : class, IStoreFixture
{
    private static readonly EncoderDescription Recorded = new()
    {
        Model = "some/model", Dimension = 4, Fingerprint = "aa", Precision = "int8", DocumentPrompt = "passage: ", MaxTokens = 512,
    };

    public static TheoryData<string, string> Differences { get; } = new()
    {
        { "precision", "fp32 here, int8 there" },
        { "prompt", "no prefix here, prefix 'passage: ' there" },
        { "tokens", "at most 256 tokens here, at most 512 tokens there" },
        { "length", "vectors of any length here, of length 1 there" },
        { "long texts", "long texts: mean here, cut there" },
        { "model", "another model" },
        { "weights", "the weights, the tokenizer or the pooling differ" },
    };

    [Fact]
    public async Task The_same_weights_in_another_folder_are_the_same_model()
    {
        var elsewhere = Recorded with { Model = "/models/elsewhere" };
        var table = await CreateAsync("notes", NumberedTexts(3));
        await RunAsync(table, WithVectors with { Work = new EmbedWork(Recorded) });

        var plan = await (await OpenAsync("notes")).ReadPlanAsync(new PlanRequest { Work = new EmbedWork(elsewhere) }, Cancel);
        var (offered, proof) = await RunAsync(await OpenAsync("notes"), WithVectors with { Work = new EmbedWork(elsewhere) });

        plan.Pending.ShouldBe(0);
        offered.ShouldBeEmpty();
        proof.Pending.ShouldBe(0);
        var origin = (await (await OpenAsync("notes")).ReadOriginsAsync(Cancel)).ShouldHaveSingleItem();
        (origin.Fingerprint, origin.Precision, origin.Prompt, origin.MaxTokens, origin.Normalized).ShouldBe(("aa", "int8", "passage: ", 512, true));
    }

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task The_difference_is_named(string what, string words)
    {
        var table = await CreateAsync("notes", NumberedTexts(2));
        await RunAsync(table, WithVectors with { Work = new EmbedWork(Recorded) });
        var other = (what switch
        {
            "precision" => Recorded with { Precision = "fp32" },
            "prompt" => Recorded with { DocumentPrompt = "" },
            "tokens" => Recorded with { MaxTokens = 256 },
            "length" => Recorded with { Normalized = false },
            "long texts" => Recorded with { LongTexts = LongTextMode.Mean },
            "model" => Recorded with { Model = "other/model" },
            _ => Recorded,
        }) with { Fingerprint = "bb" };

        var refusal = await Should.ThrowAsync<IngestException>(async () =>
            await (await OpenAsync("notes")).StartRunAsync(WithVectors with { Work = new EmbedWork(other) }, Cancel));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain(words);
    }
}
