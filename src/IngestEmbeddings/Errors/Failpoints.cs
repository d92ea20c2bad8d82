namespace IngestEmbeddings.Errors;

/// <summary>Named places in the code where a test may stop, kill or delay the program.</summary>
/// <remarks>
/// Points: <c>after_claim</c>, <c>after_read</c>, <c>after_embed</c>, <c>before_commit</c>, <c>after_commit</c>,
/// <c>before_complete</c>, and those of the index commands. Where nothing is armed, a point costs one read of a field.
/// </remarks>
/// <param name="action">What happens at each point, given its name; null for nothing.</param>
public sealed class Failpoints(Func<string, ValueTask>? action)
{
    /// <summary>Nothing happens at any point.</summary>
    public static readonly Failpoints None = new(null);

    /// <summary>Marks a point.</summary>
    public ValueTask ReachAsync(string point) => action is null ? ValueTask.CompletedTask : action(point);
}
