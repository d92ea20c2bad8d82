using IngestEmbeddings.Cli;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Postgres.Writing;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>The real program in a process of the tests, where a guard of the write can be switched off.</summary>
internal static class UnguardedTool
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The guard, <c>fence</c> or <c>source-guard</c>, then the arguments of the program.</param>
    public static Task<int> RunAsync(string[] arguments)
    {
        WriteGuards.Fence = arguments[0] != "fence";
        WriteGuards.Source = arguments[0] != "source-guard";
        var context = ProcessContext.OfProcess();
        return new Application(context, StoreFactory.Opener(context.Failpoints), EncoderFactory.LoadAsync).RunAsync(arguments[1..]);
    }
}
