using IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers;

[Slow]
public sealed class TokenizerFuzzingTests
{
    /// <summary><c>eng/fuzz-tokenizers</c> does a hundred times as many.</summary>
    [Fact]
    public void A_thousand_damaged_files_are_refused_or_encode() => TokenizerFuzzing.Run(1_000, seed: 1).ShouldBe(0);
}
