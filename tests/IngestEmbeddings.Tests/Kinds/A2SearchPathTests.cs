using IngestEmbeddings.Stores;
using IngestEmbeddings.Tests.Conformance;
using IngestEmbeddings.Tests.Postgres;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Kinds;

/// <summary>Functions and operators that another role plants in a schema of the search path are never called.</summary>
public sealed class A2SearchPathTests(PostgresFixture fixture) : StoreConformance<PostgresFixture>(fixture)
{
    // Each would be a better match than the one that is meant: its types are those of the arguments.
    private const string Plant = """
        CREATE FUNCTION public.planted(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted % was called', what; END $$;
        CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('quote_ident'); RETURN $1; END $$;
        CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('format'); RETURN $1; END $$;
        CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('format'); RETURN $1; END $$;
        CREATE FUNCTION public.hashtextextended(text, integer) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('hash'); RETURN 0; END $$;
        CREATE FUNCTION public.unnest(real[]) RETURNS SETOF real LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('unnest'); END $$;
        CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('unnest'); END $$;
        CREATE FUNCTION public.unnest(integer[]) RETURNS SETOF integer LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('unnest'); END $$;
        CREATE FUNCTION public.cardinality(integer[]) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('cardinality'); RETURN 0; END $$;
        CREATE FUNCTION public.cardinality(text[]) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('cardinality'); RETURN 0; END $$;
        CREATE FUNCTION public.generate_subscripts(text[], integer) RETURNS SETOF integer LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('subscripts'); END $$;
        CREATE FUNCTION public.to_regclass(unknown_text text) RETURNS regclass LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('to_regclass'); RETURN NULL; END $$;
        CREATE FUNCTION public.pg_relation_filenode(integer) RETURNS oid LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('filenode'); RETURN 0; END $$;
        CREATE FUNCTION public.coerce(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('operator'); RETURN true; END $$;
        CREATE FUNCTION public.coerce(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('operator'); RETURN true; END $$;
        CREATE FUNCTION public.coerce(text[], text[]) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('operator'); RETURN true; END $$;
        CREATE FUNCTION public.coerce(oid, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM public.planted('operator'); RETURN true; END $$;
        CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.coerce);
        CREATE OPERATOR public.= (LEFTARG = text[], RIGHTARG = text[], FUNCTION = public.coerce);
        CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = integer, FUNCTION = public.coerce);
        CREATE OPERATOR public.> (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.coerce);
        CREATE OPERATOR public.<= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = public.coerce);
        """;

    private const string Unplant = """
        DROP FUNCTION IF EXISTS public.planted, public.quote_ident, public.hashtextextended, public.to_regclass, public.pg_relation_filenode,
            public.generate_subscripts CASCADE;
        DROP FUNCTION IF EXISTS public.format(text, name, name), public.format(text, name), public.unnest(real[]), public.unnest(text[]), public.unnest(integer[]),
            public.cardinality(integer[]), public.cardinality(text[]), public.coerce(text, text), public.coerce(varchar, varchar),
            public.coerce(text[], text[]), public.coerce(oid, integer) CASCADE;
        """;

    [Theory]
    [InlineData("integer")]
    [InlineData("text_icu")]
    [InlineData("composite")]
    public async Task A_whole_run_calls_nothing_that_was_planted(string key)
    {
        await Fixture.CreateTableAsync(new TableSpec("notes") { KeyKind = key, Texts = NumberedTexts(12) });
        await PlantedAsync(async () =>
        {
            var table = await OpenAsync("notes");
            await table.CountPendingAsync(WithVectors.Work, Cancel);
            await RunAsync(table, WithVectors with { Frequency = true });
            await Fixture.Database.ExecuteAsync("INSERT INTO ingest_embeddings.failed_row (destination, key, stage, reason, run_id) SELECT 'public.notes.embedding', '{x}', 'x', 'x', gen_random_uuid()");
            await RunAsync(table, MetricsOnly);
            await table.ReadStatusAsync(10, Cancel);
        });

        await ShouldBeDoneAsync("notes");
    }

    [Fact]
    public async Task Creating_loading_indexing_and_copying_call_nothing_that_was_planted() => await PlantedAsync(async () =>
    {
        var request = new TableRequest { Table = "Odd \"name\"" };
        await Store.InitAsync(new InitRequest { Table = request, Dimension = 4, Place = VectorPlace.Table }, Cancel);
        await Store.LoadAsync(new LoadRequest { Table = request }, Rows(), Cancel);
        var table = await Store.OpenTableAsync(request, Cancel);
        await table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel);
        await RunAsync(table, WithVectors with { RebuildIndex = true });
        await using var scratch = await table.CreateScratchAsync(new ScratchRequest(2, KeepVectors: true), Cancel);
        await RunAsync(scratch.Table, MetricsOnly);
    });

    [Fact]
    public async Task Pgvector_is_found_in_a_schema_off_the_search_path()
    {
        await Fixture.Database.ExecuteAsync("CREATE SCHEMA elsewhere; ALTER EXTENSION vector SET SCHEMA elsewhere");
        await Fixture.ReopenAsync();
        try
        {
            var request = new TableRequest { Table = "notes" };
            await Store.InitAsync(new InitRequest { Table = request, Dimension = 4 }, Cancel);
            await Store.LoadAsync(new LoadRequest { Table = request }, Rows(), Cancel);
            var table = await Store.OpenTableAsync(request, Cancel);
            (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));

            (await table.Indexing!.BuildIndexAsync(new VectorIndexRequest(), Cancel)).Bytes.ShouldBeGreaterThan(0);
        }
        finally
        {
            await Fixture.Database.ExecuteAsync("ALTER EXTENSION vector SET SCHEMA public; DROP SCHEMA elsewhere");
            await Fixture.ReopenAsync();
        }
    }

    [Fact]
    public async Task Keys_of_a_type_of_an_extension_are_compared_by_its_own_operators()
    {
        await Fixture.Database.ExecuteAsync(
            "CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE notes (id citext PRIMARY KEY, text text, embedding vector(4)); " +
            "INSERT INTO notes SELECT CASE n % 2 WHEN 0 THEN 'Key' ELSE 'kEY' END || n, 'text ' || n FROM generate_series(1, 40) n");
        await Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes", TextColumn = "text" }, Dimension = 4 }, Cancel);
        var table = await Store.OpenTableAsync(new TableRequest { Table = "notes", TextColumn = "text" }, Cancel);

        (await RunAsync(table, WithVectors)).Proof.ShouldBe(new RunProof(0, 0));

        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes WHERE embedding IS NULL")).ShouldBe(0);
        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM notes_metrics")).ShouldBe(40);
    }

    [Fact]
    public async Task Triggers_of_the_table_still_find_what_the_roles_own_search_path_has()
    {
        var table = await CreateAsync("notes", NumberedTexts(4));
        await Fixture.Database.ExecuteAsync(
            """
            CREATE TABLE audit (note bigint);
            CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END $$;
            CREATE TRIGGER note_it AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION note_it();
            """);

        await RunAsync(table, WithVectors);

        (await Fixture.Database.ScalarAsync<long>("SELECT count(*) FROM audit")).ShouldBe(4);
        await Fixture.Database.ExecuteAsync("DROP FUNCTION note_it CASCADE");
    }

    private static async IAsyncEnumerable<LoadRow> Rows()
    {
        await Task.CompletedTask;
        yield return new LoadRow(null, "one");
        yield return new LoadRow(null, "two");
    }

    private async Task PlantedAsync(Func<Task> work)
    {
        await Fixture.Database.ExecuteAsync(Plant);
        try
        {
            await Fixture.ReopenAsync();
            await work();
        }
        finally
        {
            await Fixture.Database.ExecuteAsync(Unplant);
        }
    }
}
