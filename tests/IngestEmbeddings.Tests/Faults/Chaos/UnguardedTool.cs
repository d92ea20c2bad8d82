using IngestEmbeddings.Cli;
using IngestEmbeddings.Cli.Commands;
using IngestEmbeddings.Cli.Settings;
using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Sql;

namespace IngestEmbeddings.Tests.Faults.Chaos;

/// <summary>The real program in a process of the tests, where a guard of the write can be switched off.</summary>
internal static class UnguardedTool
{
    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The guard, <c>fence</c> or <c>source-guard</c>, then the arguments of the program.</param>
    public static Task<int> RunAsync(string[] arguments)
    {
        var guards = new WriteGuards { Fence = arguments[0] != "fence", Source = arguments[0] != "source-guard" };
        var context = ProcessContext.OfProcess();
        context = context with { Failpoints = FailpointVariable.Read(context.Environment) };
        return new Application(
            context,
            async (location, observer, loggers, cancellationToken) => await PostgresStore.OpenAsync(
                StoreFactory.Options((PostgresLocation)location, context.Failpoints, observer) with { Guards = guards, LoggerFactory = loggers }, cancellationToken),
            EncoderFactory.LoadAsync).RunAsync(arguments[1..]);
    }
}
