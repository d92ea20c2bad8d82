using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Architecture;

/// <summary>The check of namespaces finds the circles that are there, and none where there is none.</summary>
public class NamespaceGraphTests
{
    [Theory]
    [InlineData("ByBody", "One → IngestEmbeddings.Tests.Architecture.ByBody.Two: IngestEmbeddings.Tests.Architecture.ByBody.One.Caller uses IngestEmbeddings.Tests.Architecture.ByBody.Two.Callee")]
    [InlineData("ByAttribute", "Two.Marked uses IngestEmbeddings.Tests.Architecture.ByAttribute.One.MarkAttribute")]
    [InlineData("ByGenericArgument", "One.Base uses IngestEmbeddings.Tests.Architecture.ByGenericArgument.Two.Derived")]
    [InlineData("ByParent", "ByParent.Parent uses IngestEmbeddings.Tests.Architecture.ByParent.Child.Part")]
    public void A_circle_is_found_with_a_witness_for_each_edge(string kind, string edge)
    {
        var circle = FindCircle(kind);

        circle.Count.ShouldBe(2);
        string.Join('\n', circle).ShouldContain(edge);
    }

    [Fact]
    public void Layers_are_no_circle() => FindCircle("Layered").ShouldBeEmpty();

    private static IReadOnlyList<string> FindCircle(string kind) =>
        NamespaceGraph.Of(typeof(NamespaceGraphTests).Assembly.Location, $"IngestEmbeddings.Tests.Architecture.{kind}").FindCircle();
}
