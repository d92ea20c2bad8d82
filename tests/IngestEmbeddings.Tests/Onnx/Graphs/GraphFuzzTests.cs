using System.Diagnostics;
using System.Globalization;
using IngestEmbeddings.Tests.Onnx.Kernels;
using IngestEmbeddings.Tests.Support;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Graphs;

[Slow]
public sealed class GraphFuzzTests
{
    /// <summary><c>eng/fuzz-graphs</c> changes 100,000 graphs.</summary>
    [Fact]
    public async Task A_changed_graph_is_refused_or_gives_vectors()
    {
        using var fuzzer = await GraphFuzzer.CreateAsync(seed: 1, TestContext.Current.CancellationToken);

        fuzzer.Run(300).ShouldBeGreaterThan(5);
    }

    /// <summary>The long form: a seed, how many calls of single operators, and how many graphs.</summary>
    internal static async Task<int> RunAsync(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(static argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        var (seed, calls, graphs) = (numbers[0], numbers[1], numbers[2]);
        using var fuzzer = await GraphFuzzer.CreateAsync(seed, CancellationToken.None);
        fuzzer.Run(graphs);

        // The peak of the process is that of the graphs only before the calls of operators.
        using var process = Process.GetCurrentProcess();
        process.PeakWorkingSet64.ShouldBeLessThan(2L << 30);
        Console.WriteLine($"peak {process.PeakWorkingSet64 >> 20} MB");
        OperatorFuzzTests.Run(seed, calls);
        return 0;
    }
}
