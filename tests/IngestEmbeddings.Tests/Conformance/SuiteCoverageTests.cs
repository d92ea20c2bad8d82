using System.Reflection;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>No store gets by without a suite.</summary>
public class SuiteCoverageTests
{
    private static readonly Type[] TestTypes = typeof(SuiteCoverageTests).Assembly.GetTypes();

    [Fact]
    public void Every_store_has_a_fixture()
    {
        var stores = typeof(SuiteCoverageTests).Assembly.GetReferencedAssemblies()
            .Where(name => name.Name!.StartsWith("IngestEmbeddings.", StringComparison.Ordinal))
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(IStore)));

        Fixtures().Select(fixture => ((IStoreFixture)Activator.CreateInstance(fixture)!).StoreType).Distinct()
            .ShouldBe(stores, ignoreOrder: true);
    }

    [Fact]
    public void Every_fixture_runs_every_suite()
    {
        var suites = TestTypes.Where(IsSuite).ToList();
        suites.Count.ShouldBeGreaterThan(5);

        var missing = from fixture in Fixtures()
                      from suite in suites
                      let closed = suite.MakeGenericType(fixture)
                      where !TestTypes.Any(type => type is { IsAbstract: false, IsPublic: true } && type.IsSubclassOf(closed))
                      select $"{suite.Name} of {fixture.Name}";

        missing.ShouldBeEmpty();
    }

    private static IEnumerable<Type> Fixtures() =>
        TestTypes.Where(type => type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IStoreFixture)));

    private static bool IsSuite(Type type) =>
        type is { IsAbstract: true, IsGenericTypeDefinition: true, BaseType.IsGenericType: true }
        && type.BaseType.GetGenericTypeDefinition() == typeof(StoreConformance<>);
}
