using IngestEmbeddings.Postgres;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Connections break, are refused, are too many.</summary>
public sealed class ConnectionTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    private const string TerminateAll = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'ingest-embeddings'
        """;

    [Fact(Timeout = TimeoutMs)]
    public async Task A_terminated_connection_is_opened_again_and_nothing_is_lost_or_done_twice()
    {
        var notices = new Notices();
        await Fixture.CreateTableAsync(new TableSpec("notes") { Texts = NumberedTexts(40) });
        await using var store = await PostgresStore.OpenAsync(
            new PostgresOptions { ConnectionString = Fixture.Database.ConnectionString, Observer = notices }, Cancel);
        var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
        await using var run = await table.StartRunAsync(WithVectors, Cancel);
        await using var session = await run.OpenSessionAsync(0, Cancel);
        var offered = new List<string>();

        do
        {
            while (await TerminatedAsync(() => session.ReadAsync(8, Cancel).AsTask()) is { } window)
            {
                offered.AddRange(window.Texts);
                (await TerminatedAsync(() => session.WriteAsync(WholeOf(window, WithVectors), Cancel).AsTask())).ShouldNotBeNull().Written.ShouldBe(window.Count);
            }
        }
        while (await TerminatedAsync(() => session.WaitForMoreAsync(Cancel).AsTask()));

        offered.ShouldBe(NumberedTexts(40));
        (await run.FinishAsync(Cancel)).ShouldBe(new RunProof(0, 0));
        await ShouldBeDoneAsync("notes");
        notices.Texts.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_socket_of_this_machine_is_connected_to()
    {
        await using var cluster = await PrivateCluster.StartAsync();
        var folder = Path.GetDirectoryName(cluster.DataFolder)!;
        string[] urls =
        [
            $"postgresql://postgres@{Uri.EscapeDataString(folder)}:{cluster.Port}/postgres",
            $"postgresql://postgres@/postgres?host={folder}&port={cluster.Port}",
        ];

        foreach (var url in urls)
        {
            await using var store = await PostgresStore.OpenAsync(new PostgresOptions { ConnectionString = url }, Cancel);
            await ShouldRefuseAsync(() => store.OpenTableAsync(new TableRequest { Table = "nothing" }, Cancel), "no table nothing");
        }
    }

    [Fact]
    public async Task An_absent_server_is_named_at_once()
    {
        var options = new PostgresOptions { Host = "127.0.0.1", Port = 1, User = "u", Password = "kauoha huna", Database = "d" };

        var refusal = await ShouldRefuseAsync(() => PostgresStore.OpenAsync(options, Cancel), "127.0.0.1:1", "host");

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.ToString().ShouldNotContain("kauoha");
    }

    [Fact]
    public async Task A_host_without_an_address_is_named()
    {
        var options = new PostgresOptions { Host = "no-such-host.invalid", User = "u", Database = "d" };

        await ShouldBeMisconfiguredAsync(() => PostgresStore.OpenAsync(options, Cancel), "no-such-host.invalid", "host");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named()
    {
        var options = new PostgresOptions { ConnectionString = Fixture.Database.ConnectionString, Database = "no_such_database" };

        await ShouldBeMisconfiguredAsync(() => PostgresStore.OpenAsync(options, Cancel), "no_such_database", "createdb");
    }

    [Fact]
    public async Task A_role_that_is_not_there_is_named()
    {
        var options = new PostgresOptions { ConnectionString = Fixture.Database.ConnectionString, User = "no_such_role" };

        await ShouldBeMisconfiguredAsync(() => PostgresStore.OpenAsync(options, Cancel), "no_such_role");
    }

    [Fact]
    public async Task A_server_that_takes_no_more_connections_says_so_when_a_session_is_opened()
    {
        var role = await CreateNotesForRoleAsync(connections: 3);
        try
        {
            await using var store = await PostgresStore.OpenAsync(As(role), Cancel);
            var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
            await using var run = await table.StartRunAsync(WithVectors, Cancel);
            await using var first = await run.OpenSessionAsync(0, Cancel);
            await using var second = await run.OpenSessionAsync(1, Cancel);
            await using var third = await run.OpenSessionAsync(2, Cancel);

            await Should.ThrowAsync<TooManyConnectionsException>(() => run.OpenSessionAsync(3, Cancel));

            (await DrainAsync(first, WithVectors)).ShouldBe(NumberedTexts(4));
        }
        finally
        {
            await DropRoleAsync(role);
        }
    }

    [Fact]
    public async Task The_first_worker_counts_what_is_to_do_where_the_server_has_no_other_connection()
    {
        var role = await CreateNotesForRoleAsync(connections: 1);
        await Fixture.Database.ExecuteAsync("UPDATE notes SET embedding = '[1, 2, 3, 4]'");
        try
        {
            await using var store = await PostgresStore.OpenAsync(As(role), Cancel);
            var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
            await using var run = await table.StartRunAsync(MetricsOnly, Cancel);
            await using var session = await run.OpenSessionAsync(0, Cancel);

            (await run.CountPendingAsync(Cancel)).ShouldBe(4);

            (await DrainAsync(session, MetricsOnly)).ShouldBe(NumberedTexts(4));
        }
        finally
        {
            await DropRoleAsync(role);
        }
    }

    [Fact]
    public async Task Missing_rights_are_named_as_the_grants_to_ask_for()
    {
        var role = await CreateRoleAsync("");
        await Fixture.CreateTableAsync(new TableSpec("notes") { Texts = NumberedTexts(4) });
        try
        {
            await using var store = await PostgresStore.OpenAsync(As(role), Cancel);
            var table = await store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);

            await ShouldBeMisconfiguredAsync(
                () => table.StartRunAsync(WithVectors, Cancel),
                $"GRANT SELECT ON public.notes TO {role};",
                $"GRANT UPDATE (embedding) ON public.notes TO {role};",
                $"GRANT SELECT, INSERT, UPDATE ON public.notes_metrics TO {role};");

            await Fixture.Database.ExecuteAsync(
                $"GRANT SELECT, UPDATE (embedding) ON notes TO {role}; GRANT SELECT, INSERT, UPDATE ON notes_metrics TO {role}");
            await ShouldBeMisconfiguredAsync(() => table.StartRunAsync(WithVectors, Cancel), "GRANT CREATE ON DATABASE");

            await Fixture.Database.ExecuteAsync($"GRANT CREATE ON DATABASE {Fixture.Database.Settings.Database} TO {role}");
            (await RunAsync(table, WithVectors)).Offered.ShouldBe(NumberedTexts(4));
        }
        finally
        {
            await DropRoleAsync(role);
        }
    }

    [Theory]
    [InlineData("db.example.org", null, SslMode.VerifyFull, false)]
    [InlineData("db.example.org", "SSL Mode=Require", SslMode.Require, true)]
    [InlineData("db.example.org", "SSL Mode=VerifyFull", SslMode.VerifyFull, false)]
    [InlineData("localhost", null, SslMode.Prefer, false)]
    [InlineData("127.0.0.1", null, SslMode.Prefer, false)]
    [InlineData("/var/run/postgresql", null, SslMode.Prefer, false)]
    [InlineData("localhost,db.example.org", null, SslMode.VerifyFull, false)]
    public void A_server_elsewhere_must_prove_who_it_is(string host, string? more, SslMode mode, bool isNoticed)
    {
        var notices = new Notices();

        var settings = ConnectionSettings.Build(new PostgresOptions { ConnectionString = $"Host={host};{more}", Observer = notices });

        settings.SslMode.ShouldBe(mode);
        notices.Texts.Count.ShouldBe(isNoticed ? 1 : 0);
    }

    [Fact]
    public void A_url_says_all_that_a_connection_string_can()
    {
        var settings = ConnectionSettings.Build(new PostgresOptions
        {
            ConnectionString = "postgresql://kimo:p%40ss%3Aw%2F@db.example.org:6543/my%20corpus?sslmode=verify-full&application_name=x",
        });

        (settings.Host, settings.Port, settings.Username, settings.Password).ShouldBe(("db.example.org", 6543, "kimo", "p@ss:w/"));
        (settings.Database, settings.SslMode, settings.ApplicationName).ShouldBe(("my corpus", SslMode.VerifyFull, "x"));
        ConnectionSettings.Describe(settings).ShouldBe("postgresql://kimo@db.example.org:6543/my corpus");
    }

    [Theory]
    [InlineData("postgresql://me@one:5432,two:5433/corpus", "read-write", "postgresql://me@one:5432,two:5433/corpus")]
    [InlineData("postgresql://me@one,two:5433/corpus", "read-write", "postgresql://me@one:5432,two:5433/corpus")]
    [InlineData("postgresql://me@one,two/corpus?target_session_attrs=primary", "primary", "postgresql://me@one:5432,two:5432/corpus")]
    [InlineData("postgresql://me@[::1],[::2]:5433/corpus", "read-write", "postgresql://me@[::1]:5432,[::2]:5433/corpus")]
    [InlineData("postgresql://me@one/corpus", null, "postgresql://me@one:5432/corpus")]
    public void Of_several_hosts_the_one_is_taken_that_takes_writes(string url, string? wanted, string shown)
    {
        var settings = ConnectionSettings.Build(new PostgresOptions { ConnectionString = url });

        settings.TargetSessionAttributes.ShouldBe(wanted);
        ConnectionSettings.Describe(settings).ShouldBe(shown);
    }

    [Theory]
    [InlineData("postgresql:///corpus?host=/run/pg", "/run/pg", "corpus")]
    [InlineData("postgres://h", "h", null)]
    [InlineData("postgresql://u@[::1]:5/d", "[::1]", "d")]
    public void Parts_of_a_url_may_be_missing(string url, string host, string? database)
    {
        var settings = ConnectionSettings.Build(new PostgresOptions { ConnectionString = url });

        (settings.Host, settings.Database).ShouldBe((host, database));
    }

    [Theory]
    [InlineData("postgresql://u:kauoha@h:port/d")]
    [InlineData("postgresql://u:kauoha@h/d?colour=red")]
    [InlineData("Host=h;Password=kauoha;Colour=red")]
    public void What_cannot_be_read_is_refused_without_repeating_the_password(string text)
    {
        var refusal = Should.Throw<IngestException>(() => ConnectionSettings.Build(new PostgresOptions { ConnectionString = text }));

        refusal.Error.ShouldBe(IngestError.Configuration);
        refusal.ToString().ShouldNotContain("kauoha");
    }

    private async Task<T> TerminatedAsync<T>(Func<Task<T>> call)
    {
        (await Fixture.Database.ScalarAsync<long>(TerminateAll)).ShouldBeGreaterThan(0);
        return await call();
    }

    private PostgresOptions As(string role) =>
        new() { ConnectionString = Fixture.Database.ConnectionString, User = role, Password = Canary.Password };

    private async Task<string> CreateRoleAsync(string options)
    {
        var role = $"ingest_test_{Guid.NewGuid():N}";
        await Fixture.Database.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD '{Canary.Password}' {options}");
        return role;
    }

    // A table of four texts, and a role that may do all it needs with so many connections.
    private async Task<string> CreateNotesForRoleAsync(int connections)
    {
        var role = await CreateRoleAsync($"CONNECTION LIMIT {connections}");
        await Fixture.CreateTableAsync(new TableSpec("notes") { Texts = NumberedTexts(4) });
        await Fixture.Database.ExecuteAsync($"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT CREATE ON DATABASE {Fixture.Database.Settings.Database} TO {role}");
        return role;
    }

    private async Task DropRoleAsync(string role)
    {
        await Fixture.Database.ExecuteAsync($"DROP OWNED BY {role} CASCADE");
        await Fixture.Database.ExecuteAsync($"DROP ROLE {role}");
    }
}
