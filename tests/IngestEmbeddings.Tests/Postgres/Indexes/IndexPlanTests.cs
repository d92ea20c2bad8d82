using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres.Indexes;

public class IndexPlanTests
{
    [Theory]
    [InlineData("vector", 2_000, 2_001)]
    [InlineData("halfvec", 4_000, 4_001)]
    [InlineData("bit", 64_000, 64_001)]
    public void The_limits_of_pgvector_are_named(string type, int fits, int tooMany)
    {
        new IndexPlan(Column(type), fits).Check();

        var refusal = Should.Throw<IngestException>(() => new IndexPlan(Column(type), tooMany).Check());
        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.Message.ShouldContain($"{fits:N0}");
    }

    [Fact]
    public void A_vector_that_would_fit_as_halfvec_is_told_so() =>
        Should.Throw<IngestException>(() => new IndexPlan(Column("vector"), 3_000).Check()).Message.ShouldContain("--vector-type halfvec");

    [Theory]
    [InlineData("vector", VectorDistance.Cosine, "vector_cosine_ops")]
    [InlineData("halfvec", VectorDistance.InnerProduct, "halfvec_ip_ops")]
    [InlineData("vector", VectorDistance.Euclidean, "vector_l2_ops")]
    [InlineData("bit", VectorDistance.Cosine, "bit_hamming_ops")]
    public void Operators_follow_the_type_and_the_distance(string type, VectorDistance distance, string operators) =>
        new IndexPlan(Column(type), 4).Operators(distance).ShouldBe(operators);

    [Fact]
    public void A_graph_takes_about_two_kilobytes_and_a_quarter_for_a_node_of_384_floats()
    {
        var bytes = new IndexPlan(Column("vector"), 384).MemoryFor(VectorIndexMethod.Hnsw, 10_000_000);

        (bytes / 1e9).ShouldBeInRange(22, 26);
    }

    [Theory]
    [InlineData(500, 10)]
    [InlineData(200_000, 200)]
    [InlineData(4_000_000, 2_000)]
    public void Lists_follow_the_manual(long rows, int lists) => IndexPlan.Lists(rows).ShouldBe(lists);

    private static CatalogColumn Column(string type) => new("embedding", "embedding", $"public.{type}", type, 0, false, false);
}
