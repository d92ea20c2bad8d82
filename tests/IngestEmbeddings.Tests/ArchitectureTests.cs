using System.Reflection;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests;

public class ArchitectureTests
{
    private static readonly string[] Providers =
        ["IngestEmbeddings.Postgres", "IngestEmbeddings.Sqlite", "IngestEmbeddings.Onnx", "IngestEmbeddings.Http"];

    [Fact]
    public void Core_references_nothing_but_the_framework()
    {
        References("IngestEmbeddings")
            .ShouldAllBe(name => name.StartsWith("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void Providers_never_see_each_other_or_the_program()
    {
        foreach (var provider in Providers)
        {
            References(provider)
                .Where(name => name.StartsWith("IngestEmbeddings", StringComparison.Ordinal) || name == "ingest-embeddings")
                .ShouldBeSubsetOf(["IngestEmbeddings"]);
        }
    }

    private static IEnumerable<string> References(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!);
}
