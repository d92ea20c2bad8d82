namespace IngestEmbeddings.Batching;

/// <summary>The budgets that a device is tried with.</summary>
/// <param name="Tokens">The tokens of a call, growing.</param>
/// <param name="Rows">The maximum texts of a call.</param>
/// <param name="CallCost">What a call costs in tokens; null to measure it.</param>
public sealed record BudgetRange(IReadOnlyList<int> Tokens, int Rows, int? CallCost)
{
    /// <summary>For a processor, whose caches larger calls outgrow.</summary>
    public static BudgetRange Processor { get; } = new([256, 512, 1024, 2048, 4096], BatchBudget.DefaultRows, BatchBudget.DefaultCallCost);

    /// <summary>For a GPU, whose thousands of units small calls leave idle.</summary>
    public static BudgetRange Device { get; } = new([1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072], BatchBudget.DeviceRows, CallCost: null);
}
