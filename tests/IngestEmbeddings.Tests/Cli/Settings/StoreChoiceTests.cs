using IngestEmbeddings.Cli.Settings;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Cli.Settings;

public class StoreChoiceTests
{
    [Theory]
    [InlineData("PG_HOST")]
    [InlineData("PGHOST")]
    [InlineData("PG_DATABASE")]
    [InlineData("PG_DB")]
    [InlineData("PGDATABASE")]
    public void Any_of_PostgreSQL_s_variables_chooses_it(string variable)
    {
        var options = CommandLine.Run([], CommandLine.Variables((variable, "x")));

        options.Store.ShouldBeOfType<PostgresLocation>();
        options.Model!.Name.ShouldBe("intfloat/multilingual-e5-small");
    }

    [Theory]
    [InlineData("PG_PORT", "5433")]
    [InlineData("PG_USER", "x")]
    [InlineData("PGPASSWORD", "x")]
    public void The_other_variables_alone_do_not(string variable, string value) =>
        CommandLine.Run([], CommandLine.Variables((variable, value))).Store.ShouldBeOfType<SqliteLocation>();

    [Fact]
    public void The_variables_make_the_connection()
    {
        CommandLine.Run([], CommandLine.Variables(
            ("PG_HOST", "db"), ("PG_PORT", "5433"), ("PGDATABASE", "corpus"), ("PG_USER", "me"), ("PGPASSWORD", "hush")))
            .Store.ShouldBe(new PostgresLocation(null, "db", 5433, "corpus", "me", "hush"));
    }

    [Fact]
    public void The_environment_wins_over_the_file_whatever_the_spelling()
    {
        var store = CommandLine.Run(
            [], CommandLine.Variables(("PGHOST", "near")), CommandLine.Variables(("PG_HOST", "far"))).Store;

        store.ShouldBeOfType<PostgresLocation>().Host.ShouldBe("near");
    }

    [Fact]
    public void A_store_that_is_named_wins_over_the_variables()
    {
        var environment = CommandLine.Variables(("PG_HOST", "db"), ("EMBED_STORE", "sqlite:b.db"));

        CommandLine.Run([], environment).Store.ShouldBe(new SqliteLocation("/nowhere/b.db", "b.db"));
        CommandLine.Run(["--store", "sqlite:/a/c.db"], environment).Store.ShouldBe(new SqliteLocation("/a/c.db", "/a/c.db"));
    }

    [Fact]
    public void What_a_URL_leaves_out_comes_from_the_environment()
    {
        var environment = CommandLine.Variables(
            ("PG_HOST", "other"), ("PG_PORT", "1"), ("PG_DB", "other"), ("PG_USER", "me"), ("PG_PASSWORD", "hush"));

        CommandLine.Run(["--store", "postgresql://db:5433/corpus"], environment).Store
            .ShouldBe(new PostgresLocation("postgresql://db:5433/corpus", null, null, null, "me", "hush"));
        CommandLine.Run(["--store", "postgresql:///corpus?host=/tmp&user=you"], environment).Store
            .ShouldBe(new PostgresLocation("postgresql:///corpus?host=/tmp&user=you", null, 1, null, null, "hush"));
    }

    [Theory]
    [InlineData("postgresql://you@%2Frun%2Fpostgresql:5433/corpus", null, null)]
    [InlineData("postgresql://you@%2Frun%2Fpostgresql/corpus", null, 1)]
    [InlineData("postgresql://you@/corpus?host=/run/postgresql&port=5433", null, null)]
    [InlineData("postgresql://you@/corpus", "other", 1)]
    public void A_URL_may_name_the_folder_of_a_socket_or_no_host(string url, string? host, int? port)
    {
        var environment = CommandLine.Variables(("PG_HOST", "other"), ("PG_PORT", "1"));

        CommandLine.Run(["--store", url], environment).Store.ShouldBe(new PostgresLocation(url, host, port, null, null, null));
    }

    [Theory]
    [InlineData("5433", "one,two", 5433)]
    [InlineData("5432,5433", "one:5432,two:5433", null)]
    public void Several_hosts_have_one_port_or_one_each(string ports, string host, int? port)
    {
        CommandLine.Run([], CommandLine.Variables(("PGHOST", "one,two"), ("PGPORT", ports))).Store
            .ShouldBe(new PostgresLocation(null, host, port, null, null, null));
    }

    [Fact]
    public void A_URL_may_have_several_hosts()
    {
        var environment = CommandLine.Variables(("PG_PORT", "1"), ("PG_HOST", "other"));

        foreach (var (url, port) in new (string, int?)[] { ("postgresql://me@one:5432,two:5433/corpus", null), ("postgresql://me@one,two:5433/corpus", 1) })
        {
            CommandLine.Run(["--store", url], environment).Store.ShouldBe(new PostgresLocation(url, null, port, null, null, null));
        }
    }

    [Fact]
    public void Ports_that_fit_no_hosts_are_mistakes()
    {
        CommandLine.Mistakes([], CommandLine.Variables(("PGHOST", "one,two,three"), ("PGPORT", "5432,5433"))).ShouldContain("PGPORT=5432,5433: give one port");
        CommandLine.Mistakes([], CommandLine.Variables(("PGHOST", "one,two"), ("PGPORT", "5432,x"))).ShouldContain("from 1 to 65535");
        CommandLine.Mistakes(["--store", "postgresql://one,two:x/corpus"]).ShouldContain("--store");
    }

    [Theory]
    [InlineData("postgresql://me:hush@db/corpus")]
    [InlineData("postgresql://me:hush@db,other:5433/corpus")]
    [InlineData("postgresql://db/corpus?user=me&password=hush")]
    public void A_password_in_an_argument_is_warned_of_and_never_shown(string url)
    {
        var warnings = new List<string>();
        var store = StoreChoice.Read(CommandLine.Settings(["--store", url]), "/nowhere", warnings.Add);

        warnings.ShouldHaveSingleItem().ShouldContain("visible in the process list");
        store.ToString()!.ShouldNotContain("hu");
        store.ToString()!.ShouldContain("***");
    }

    [Fact]
    public void A_password_in_a_variable_is_not_warned_of()
    {
        StoreChoice.Read(
            CommandLine.Settings([], CommandLine.Variables(("EMBED_STORE", "postgresql://me:hush@db/corpus"))),
            "/nowhere",
            warning => throw new InvalidOperationException(warning))
            .ShouldBeOfType<PostgresLocation>();
    }

    [Fact]
    public void A_location_never_shows_its_password() =>
        new PostgresLocation(null, "db", 5432, "corpus", "me", "hush").ToString().ShouldNotContain("hush");
}
