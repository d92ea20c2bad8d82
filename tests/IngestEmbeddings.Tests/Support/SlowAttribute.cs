using Xunit.v3;

namespace IngestEmbeddings.Tests.Support;

/// <summary>Leaves tests that take seconds out of <c>./test --quick</c>.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class SlowAttribute : Attribute, ITraitAttribute
{
    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("speed", "slow")];
}
