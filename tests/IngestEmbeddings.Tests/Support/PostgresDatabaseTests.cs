using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Support;

public class PostgresDatabaseTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    [Fact]
    public async Task Each_fixture_has_a_database_of_its_own_with_pgvector()
    {
        await using var other = await PostgresDatabase.CreateAsync();

        other.Settings.Database.ShouldNotBe(database.Settings.Database);
        (await database.ScalarAsync<string>("SELECT current_database()::text")).ShouldBe(database.Settings.Database);
        (await database.ScalarAsync<string>("SELECT '[1,2]'::vector::text")).ShouldBe("[1,2]");
    }

    [Fact]
    public async Task A_disposed_database_is_gone()
    {
        var other = await PostgresDatabase.CreateAsync();
        var name = other.Settings.Database;

        await other.DisposeAsync();

        (await database.ScalarAsync<long>("SELECT count(*) FROM pg_database WHERE datname = $1", name)).ShouldBe(0);
    }
}
