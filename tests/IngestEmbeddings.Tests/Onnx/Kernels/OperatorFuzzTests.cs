using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Kernels;

[Slow]
public sealed class OperatorFuzzTests
{
    /// <summary><c>eng/fuzz-graphs</c> makes 100,000 calls.</summary>
    [Fact]
    public void Operators_read_nothing_beyond_their_tensors()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Guarded memory is mapped as Linux does it.");
        using var fuzzer = new OperatorFuzzer(seed: 1);

        fuzzer.Run(5_000).ShouldBeInRange(1_000, 4_500);
    }

    /// <summary>The long form, with a seed and how many calls.</summary>
    internal static void Run(int seed, int cases)
    {
        using var fuzzer = new OperatorFuzzer(seed);
        Console.WriteLine($"{cases} calls, seed {seed}: {fuzzer.Run(cases)} gave a result, the others an error of ONNX Runtime.");
    }
}
