using IngestEmbeddings.Tests.Faults.Chaos;
using IngestEmbeddings.Tests.Faults.Measurements;
using IngestEmbeddings.Tests.Faults.Watching;
using IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;
using IngestEmbeddings.Tests.Onnx.Graphs;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace IngestEmbeddings.Tests;

/// <summary>
/// The test program. With one of its own words first it does something else than run tests: <c>chaos</c> and its like are what
/// the scripts in <c>eng</c> call, <c>tool</c> is the real program with a guard of the write switched off.
/// </summary>
internal static class Program
{
    public static Task<int> Main(string[] arguments) => arguments switch
    {
        ["chaos", .. var rest] => ChaosCommand.RunAsync(rest),
        ["soak-watch", .. var rest] => WatchSoakCommand.RunAsync(rest),
        ["claim-cost", .. var rest] => ClaimCost.RunAsync(rest),
        ["coordination", .. var rest] => Coordination.RunAsync(rest),
        ["tokenizers", .. var rest] => Task.FromResult(TokenizersCommand.Run(rest)),
        ["fuzz-graphs", .. var rest] => GraphFuzzTests.RunAsync(rest),
        ["tool", .. var rest] => UnguardedTool.RunAsync(rest),
        _ when arguments.Any(argument => argument is "--server" or "--internal-msbuild-node") =>
            TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => ConsoleRunner.Run(arguments),
    };
}
