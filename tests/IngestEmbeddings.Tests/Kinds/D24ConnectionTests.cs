using System.Globalization;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Tests.Support;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Connections as libpq has them: mapped, checked, left out with a note, or refused by name; never misunderstood.</summary>
public sealed class D24ConnectionTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ingest-d24-").FullName;
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await _database.ExecuteAsync("CREATE TABLE found_here(id bigint PRIMARY KEY, text text, embedding vector(384))");
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("channel_binding=disable", null)]
    [InlineData("channel_binding=prefer", null)]
    [InlineData("target_session_attrs=read-write", null)]
    [InlineData("target_session_attrs=primary", null)]
    [InlineData("target_session_attrs=any", null)]
    [InlineData("target_session_attrs=prefer-standby", null)]
    [InlineData("gssencmode=disable", null)]
    [InlineData("gssencmode=prefer", null)]
    [InlineData("keepalives=0", null)]
    [InlineData("keepalives=1&keepalives_idle=5&keepalives_interval=2", null)]
    [InlineData("keepalives_count=3", "keepalives_count is ignored")]
    [InlineData("tcp_user_timeout=1000", "tcp_user_timeout is ignored")]
    [InlineData("client_encoding=UTF8", null)]
    [InlineData("client_encoding=auto", null)]
    [InlineData("client_encoding=LATIN1", "client_encoding is ignored")]
    [InlineData("load_balance_hosts=random", null)]
    [InlineData("load_balance_hosts=disable", null)]
    [InlineData("connect_timeout=0", null)]
    [InlineData("connect_timeout=-1", null)]
    [InlineData("connect_timeout=99999", null)]
    [InlineData("sslcompression=0&sslsni=1&sslcertmode=allow&ssl_min_protocol_version=TLSv1.2", null)]
    [InlineData("fallback_application_name=x", null)]
    [InlineData("max_protocol_version=3.2", "max_protocol_version is ignored")]
    public async Task A_keyword_is_taken_or_left_out_with_a_note(string keywords, string? note)
    {
        var result = await StatusAsync(["--store", $"{Url}?{keywords}"]);

        ShouldBeFound(result);
        result.Errors.Contains("is ignored", StringComparison.Ordinal).ShouldBe(note is not null, result.Errors);
        result.Errors.ShouldContain(note ?? "");
    }

    [Theory]
    [InlineData("target_session_attrs=standby", "asks for a server that takes no writes")]
    [InlineData("target_session_attrs=read-only", "asks for a server that takes no writes")]
    [InlineData("sslcrl=/x", "'sslcrl' cannot be honoured")]
    [InlineData("requirepeer=postgres", "'requirepeer' cannot be honoured")]
    [InlineData("ssl_min_protocol_version=TLSv1.3", "'ssl_min_protocol_version' cannot be honoured")]
    [InlineData("sslcertmode=require", "'sslcertmode' cannot be honoured")]
    [InlineData("replication=database", "'replication' cannot be honoured")]
    [InlineData("channel_binding=perhaps", "'channel_binding'")]
    [InlineData("keepalives=yes", "'keepalives'")]
    [InlineData("target_session_attrs=master", "'target_session_attrs'")]
    [InlineData("require_auth=telepathy", "'require_auth'")]
    public async Task What_cannot_be_honoured_is_refused_by_name(string keywords, string said)
    {
        var result = await StatusAsync(["--store", $"{Url}?{keywords}"]);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain(said);
    }

    [Theory]
    [InlineData("channel_binding=require", "auth")]
    [InlineData("require_auth=scram-sha-256", "auth")]
    [InlineData("gssencmode=require", "")]
    [InlineData("sslmode=require", "SSL")]
    public async Task A_protection_that_the_server_lacks_ends_the_connection(string keywords, string said)
    {
        var result = await StatusAsync(["--store", $"{Url}?{keywords}"]);

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain(said, Case.Insensitive);
    }

    [Fact]
    public async Task An_address_is_a_host()
    {
        ShouldBeFound(await StatusAsync(["--store", $"postgresql:///{Database}?hostaddr=127.0.0.1&port={Port}&user={User}"]));
        ShouldBeFound(await StatusAsync([], ("PGHOSTADDR", "127.0.0.1"), ("PGPORT", Port), ("PGDATABASE", Database), ("PGUSER", User)));
        (await StatusAsync(["--store", $"{Url}?hostaddr=127.0.0.1"])).Errors.ShouldContain("Both host and hostaddr");
        (await StatusAsync(["--store", Url], ("PGHOSTADDR", "127.0.0.2"))).Errors.ShouldContain("Both host and hostaddr");
    }

    [Theory]
    [InlineData("PGSSLMODE", "require", "SSL")]
    [InlineData("PGREQUIREAUTH", "scram-sha-256", "auth")]
    [InlineData("PGCHANNELBINDING", "require", "auth")]
    [InlineData("PGTARGETSESSIONATTRS", "standby", "takes no writes")]
    [InlineData("PGSSLCRL", "/x", "sslcrl")]
    [InlineData("PGREQUIREPEER", "x", "requirepeer")]
    [InlineData("PGSSLMODE", "sometimes", "sslmode")]
    [InlineData("PGPORT", "1", "no server answers")]
    public async Task A_variable_counts_like_its_keyword(string variable, string value, string said)
    {
        var result = await StatusAsync(
            ["--store", variable == "PGPORT" ? $"postgresql://{User}@127.0.0.1/{Database}" : Url], (variable, value));

        result.ExitCode.ShouldBe(5, result.Errors);
        result.Errors.ShouldContain(said, Case.Insensitive);
    }

    [Theory]
    [InlineData("PGTARGETSESSIONATTRS", "read-write")]
    [InlineData("PGTARGETSESSIONATTRS", "primary")]
    [InlineData("PGLOADBALANCEHOSTS", "random")]
    [InlineData("PGCONNECT_TIMEOUT", "5")]
    [InlineData("PGGSSENCMODE", "prefer")]
    [InlineData("PGCLIENTENCODING", "LATIN1")]
    [InlineData("PGREQUIREAUTH", "none")]
    public async Task A_variable_that_one_host_satisfies_does_no_harm(string variable, string value) =>
        ShouldBeFound(await StatusAsync(["--store", Url], (variable, value)));

    [Fact]
    public async Task Texts_are_UTF8_whatever_the_client_encoding()
    {
        await _database.ExecuteAsync("INSERT INTO found_here(id, text) VALUES (1, 'Kāʻanapali ʻŌhiʻa')");

        var result = await ToolProcess.RunAsync(
            ["run", "found_here", "--model", "builtin:hashing", "--store", Url], new Dictionary<string, string> { ["PGCLIENTENCODING"] = "LATIN1" });
        _ = await ToolProcess.RunAsync(["init", "found_here", "--store", Url]);
        var again = await ToolProcess.RunAsync(
            ["run", "found_here", "--model", "builtin:hashing", "--store", Url], new Dictionary<string, string> { ["PGCLIENTENCODING"] = "LATIN1" });

        again.ExitCode.ShouldBe(0, result.Errors + again.Errors);
        again.Output.ShouldContain("avg_len=17.0");
    }

    [Theory]
    [InlineData("PGSERVICE", "PGSERVICEFILE")]
    [InlineData("PGSERVICE", "HOME")]
    [InlineData("PGSERVICE", "PGSYSCONFDIR")]
    [InlineData("--store", "PGSERVICEFILE")]
    public async Task A_service_names_the_store(string way, string place)
    {
        var file = Path.Combine(_folder, place == "HOME" ? ".pg_service.conf" : "pg_service.conf");
        await File.WriteAllTextAsync(
            file, $"# services\n[other]\nhost=nowhere.invalid\n[corpus]\nhost=127.0.0.1\nport={Port}\ndbname={Database}\nuser={User}\napplication_name=by_service\n[last]\nhost=x\n",
            TestContext.Current.CancellationToken);
        string[] arguments = way == "--store" ? ["--store", "postgresql://?service=corpus"] : [];

        var result = await StatusAsync(
            arguments, (place, place == "PGSERVICEFILE" ? file : _folder), ("PGSERVICE", way == "PGSERVICE" ? "corpus" : ""), ("PGPORT", "1"));

        ShouldBeFound(result);
    }

    [Theory]
    [InlineData("missing", "[corpus]\nhost=x\n", "no service missing")]
    [InlineData("corpus", "[corpus]\nservice=other\n", "line 2")]
    [InlineData("corpus", "[corpus]\nldap://ldap.example.org/x\n", "line 2")]
    [InlineData("corpus", "[corpus]\npassword=hush-hush-7\ncolour=hush-hush-7\n", "line 3")]
    public async Task A_service_that_is_not_understood_is_refused(string service, string content, string said)
    {
        var file = Path.Combine(_folder, "services");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);

        var result = await StatusAsync([], ("PGSERVICE", service), ("PGSERVICEFILE", file));

        result.ExitCode.ShouldBe(2, result.Errors);
        result.Errors.ShouldContain(said);
        result.Errors.ShouldNotContain("hush");
    }

    [Theory]
    [InlineData("sslmode=require&sslrootcert=/x", SslMode.VerifyCA)]
    [InlineData("sslrootcert=/x&sslmode=require", SslMode.VerifyCA)]
    [InlineData("sslrootcert=system", SslMode.VerifyFull)]
    [InlineData("requiressl=1", SslMode.Require)]
    [InlineData("sslmode=prefer", SslMode.Require)]
    [InlineData("sslmode=disable", SslMode.Disable)]
    [InlineData("application_name=x", SslMode.VerifyFull)]
    public void How_much_is_verified_is_what_libpq_would_or_more(string keywords, SslMode mode) =>
        ConnectionSettings.Build(new PostgresOptions { ConnectionString = $"postgresql://me@db.example.org/c?{keywords}" }).SslMode.ShouldBe(mode);

    [Fact]
    public void Keywords_reach_the_driver()
    {
        var settings = ConnectionSettings.Build(new PostgresOptions
        {
            ConnectionString = "postgresql://me@one,two/c?load_balance_hosts=random&require_auth=!password,!md5&keepalives_idle=7&options=-c%20work_mem%3D1MB",
            Parameters = new Dictionary<string, string> { ["passfile"] = "/p", ["timezone"] = "UTC", ["krbsrvname"] = "pg" },
        });

        (settings.LoadBalanceHosts, settings.RequireAuth, settings.TcpKeepAliveTime, settings.Options).ShouldBe((true, "!Password,!MD5", 7, "-c work_mem=1MB"));
        (settings.Passfile, settings.Timezone, settings.KerberosServiceName, settings.TargetSessionAttributes).ShouldBe(("/p", "UTC", "pg", "read-write"));
        settings.ClientEncoding.ShouldBe("UTF8");
    }

    private string Port => _database.Settings.Port.ToString(CultureInfo.InvariantCulture);

    private string Database => _database.Settings.Database!;

    private string User => _database.Settings.Username!;

    private string Url => $"postgresql://{User}@127.0.0.1:{Port}/{Database}";

    private Task<ToolResult> StatusAsync(string[] arguments, params (string Name, string Value)[] variables)
    {
        var environment = variables.ToDictionary(static variable => variable.Name, static variable => variable.Value);
        environment.TryAdd("HOME", _folder);
        return ToolProcess.RunAsync(["status", "found_here", .. arguments], environment, folder: _folder);
    }

    private static void ShouldBeFound(ToolResult result)
    {
        // The table has no place for metrics yet: only a program that has seen it can say so.
        result.Errors.ShouldContain("found_here");
        result.Errors.ShouldContain("init");
        result.Errors.ShouldNotContain("no table");
    }
}
