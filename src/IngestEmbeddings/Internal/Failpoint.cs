namespace IngestEmbeddings.Internal;

/// <summary>Named places in the code where a test may stop, kill or delay the program.</summary>
/// <remarks>
/// Off unless armed; then each call costs one read of a field. Points: <c>after_claim</c>, <c>after_read</c>,
/// <c>after_embed</c>, <c>before_commit</c>, <c>after_commit</c>, <c>before_complete</c>.
/// </remarks>
public static class Failpoint
{
    private static volatile Func<string, ValueTask>? _action;

    /// <summary>Sets what happens at every point, given its name; null turns the points off.</summary>
    public static void Arm(Func<string, ValueTask>? action) => _action = action;

    /// <summary>Marks a point.</summary>
    public static ValueTask ReachAsync(string point) => _action is { } action ? action(point) : ValueTask.CompletedTask;
}
