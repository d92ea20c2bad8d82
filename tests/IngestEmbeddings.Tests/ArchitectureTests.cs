using System.Reflection;
using IngestEmbeddings.Tests.Architecture;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests;

/// <summary>Which assemblies and namespaces may use which.</summary>
public class ArchitectureTests
{
    private const string Core = "IngestEmbeddings";
    private const string Tool = "ingest-embeddings";

    /// <summary>The assemblies that are shipped: whatever of ours lies next to the tests.</summary>
    private static readonly string[] Assemblies =
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Where(IsOurs)
            .Where(name => name is not ("IngestEmbeddings.Tests" or "IngestEmbeddings.Benchmarks"))
            .Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Layered => [.. Assemblies];

    [Fact]
    public void Every_assembly_is_checked() =>
        new[] { Core, "IngestEmbeddings.Postgres", "IngestEmbeddings.Sqlite", "IngestEmbeddings.Onnx", "IngestEmbeddings.Http", Tool }.ShouldBeSubsetOf(Assemblies);

    [Fact]
    public void Core_references_nothing_but_the_framework() =>
        References(Core).ShouldAllBe(name => name.StartsWith("System.", StringComparison.Ordinal));

    [Fact]
    public void Providers_never_see_each_other_or_the_program()
    {
        foreach (var provider in Assemblies.Except([Core, Tool]))
        {
            References(provider).Where(IsOurs).ShouldBeSubsetOf([Core], provider);
        }
    }

    [Theory]
    [MemberData(nameof(Layered))]
    public void Namespaces_form_layers(string assembly) =>
        NamespaceGraph.Of(Assembly.Load(assembly).Location, Core).FindCircle()
            .ShouldBeEmpty("Move a type, so that these namespaces no longer use each other in a circle.");

    private static bool IsOurs(string assembly) => assembly == Tool || assembly.Split('.')[0] == Core;

    private static IEnumerable<string> References(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!);
}
