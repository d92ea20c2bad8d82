using System.Diagnostics;
using Shouldly;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Checks that code allocates nothing on the heap.</summary>
internal static class Allocations
{
    private const int CleanRounds = 100;

    // The compiler works beside the program, and on a busy machine waits for its turn.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs an action until a hundred rounds in a row allocated no byte; fails when there is no such row.</summary>
    /// <remarks>
    /// One warm-up would not do: until they are compiled with optimization, vector searches of the runtime's own library box
    /// their operators. Code that allocates by itself never has a clean round.
    /// </remarks>
    public static void SettleAtZero(Action action)
    {
        var clean = 0;
        var start = Stopwatch.GetTimestamp();
        while (clean < CleanRounds && Stopwatch.GetElapsedTime(start) < Patience)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            clean = GC.GetAllocatedBytesForCurrentThread() == before ? clean + 1 : 0;
        }

        clean.ShouldBe(CleanRounds, "rounds in a row without an allocation");
    }
}
