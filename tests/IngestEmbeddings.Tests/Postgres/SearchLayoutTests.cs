using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Stores;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

/// <summary>Searches over every layout of vectors, with indexes and without, and over full texts.</summary>
public sealed class SearchLayoutTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const int Rows = 3000;

    private static readonly float[] Wanted = Vector(1234);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await fixture.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("vector(32)", "hnsw (embedding vector_cosine_ops)")]
    [InlineData("vector(32)", "ivfflat (embedding vector_cosine_ops) WITH (lists = 10)")]
    [InlineData("vector(32)", "hnsw (embedding vector_l2_ops)")]
    [InlineData("vector(32)", "hnsw (embedding vector_ip_ops)")]
    [InlineData("vector(32)", "hnsw ((embedding::halfvec(32)) halfvec_cosine_ops)")]
    [InlineData("vector(32)", "hnsw ((binary_quantize(embedding)::bit(32)) bit_hamming_ops)")]
    [InlineData("halfvec(32)", "hnsw (embedding halfvec_cosine_ops)")]
    [InlineData("bit(32)", "hnsw (embedding bit_hamming_ops)")]
    public async Task An_index_is_used_and_named_and_finds_what_comparing_every_vector_finds(string type, string index)
    {
        var table = await FillAsync(type);
        var exact = await table.Search.FindAsync(Query, Cancel);
        await fixture.Database.ExecuteAsync($"CREATE INDEX notes_near ON notes USING {index}");
        await fixture.Database.ExecuteAsync("ANALYZE notes");

        var found = await table.Search.FindAsync(Query, Cancel);

        exact.Index.ShouldBeNull();
        exact.Rows[0].Text.ShouldBe("text 1234");
        exact.Rows[0].Score.ShouldBe(1, 1e-3);
        found.Index.ShouldBe("public.notes_near");
        found.Rows.Count.ShouldBe(5);
        found.Rows[0].Text.ShouldBe("text 1234");
        found.Rows.Select(row => row.Score).ShouldBeInOrder(SortDirection.Descending);
        (await table.Search.FindAsync(Query with { Exact = true }, Cancel)).ShouldSatisfyAllConditions(
            all => all.Index.ShouldBeNull(),
            all => all.Rows.Select(row => row.Score).ShouldBe(exact.Rows.Select(row => row.Score), 1e-6));
    }

    [Fact]
    public async Task An_index_of_another_distance_is_left_alone_where_vectors_have_any_length()
    {
        var table = await FillAsync("vector(32)");
        await fixture.Database.ExecuteAsync("CREATE INDEX notes_near ON notes USING hnsw (embedding vector_l2_ops)");

        (await table.Search.FindAsync(Query with { Normalized = false }, Cancel)).Index.ShouldBeNull();
    }

    [Fact]
    public async Task An_index_that_is_not_valid_or_partial_is_left_alone()
    {
        var table = await FillAsync("vector(32)");
        await fixture.Database.ExecuteAsync("CREATE INDEX notes_near ON notes USING hnsw (embedding vector_cosine_ops) WHERE id > 10");
        (await table.Search.FindAsync(Query, Cancel)).Index.ShouldBeNull();

        await fixture.Database.ExecuteAsync("DROP INDEX notes_near; CREATE INDEX notes_near ON notes USING hnsw (embedding vector_cosine_ops); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'notes_near'::regclass");
        (await table.Search.FindAsync(Query, Cancel)).Index.ShouldBeNull();
    }

    [Fact]
    public async Task The_statement_that_is_printed_runs_in_psql_and_finds_the_same()
    {
        var table = await FillAsync("vector(32)");
        await fixture.Database.ExecuteAsync("CREATE INDEX notes_near ON notes USING hnsw (embedding vector_cosine_ops)");
        foreach (var query in new[] { Query, Query with { Without = ["1234"] } })
        {
            var found = await table.Search.FindAsync(query, Cancel);
            var script = await table.Search.DescribeAsync(query, Cancel);

            var printed = await fixture.Database.ListAsync<string[]>(script);

            printed.Select(key => key[0]).ShouldBe(found.Rows.Select(row => row.Key[0]));
            await fixture.Database.ExecuteAsync("DEALLOCATE ALL");
        }
    }

    [Fact]
    public async Task In_a_separate_table_the_vectors_of_the_model_are_compared()
    {
        await fixture.Database.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, text text)");
        await fixture.Store.InitAsync(
            new InitRequest { Table = new TableRequest { Table = "notes" }, Dimension = 2, Place = VectorPlace.Table }, Cancel);
        await fixture.Database.ExecuteAsync(
            """
            INSERT INTO notes VALUES (1, 'one'), (2, 'two');
            INSERT INTO notes_embeddings (id, model, text_hash, embedding, updated_at) VALUES
                (1, 'first', 0, '[1,0]', now()), (2, 'first', 0, '[0,1]', now()),
                (1, 'o''second', 0, '[0,1]', now()), (2, 'o''second', 0, '[1,0]', now()), (7, 'first', 0, '[1,0]', now());
            """);
        var table = await OpenAsync();

        (await NearestAsync("first")).ShouldBe(["one", "two"]);
        (await NearestAsync("o'second")).ShouldBe(["two", "one"]);
        (await NearestAsync("unknown")).ShouldBeEmpty();
        (await table.Search.ReadVectorAsync(["1"], new ModelIdentity("o'second", ""), Cancel)).ShouldBe([0, 1]);
        (await Should.ThrowAsync<IngestException>(() => table.Search.ReadVectorAsync(["1"], null, Cancel))).Message.ShouldContain("--model");

        await fixture.Database.ExecuteAsync("CREATE INDEX ON notes_embeddings USING hnsw (embedding vector_cosine_ops)");
        (await NearestAsync("o'second")).ShouldBe(["two", "one"]);

        async Task<IEnumerable<string>> NearestAsync(string model) =>
            (await table.Search.FindAsync(new NearestQuery(new float[] { 1, 0 }) { Model = new ModelIdentity(model, "") }, Cancel)).Rows.Select(row => row.Text);
    }

    [Theory]
    [InlineData("ALTER TABLE notes ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED")]
    [InlineData("CREATE INDEX ON notes USING gin (to_tsvector('english', text))")]
    [InlineData("CREATE INDEX ON notes USING gin (to_tsvector('english', coalesce(text, '')))")]
    [InlineData("CREATE TEXT SEARCH CONFIGURATION \"o'k\" (COPY = english); CREATE INDEX ON notes USING gin (to_tsvector('\"o''k\"', text))")]
    public async Task Rows_that_have_all_words_are_found_in_a_full_text(string create)
    {
        await CreateAsync("vector(2)");
        await fixture.Database.ExecuteAsync("INSERT INTO notes VALUES (1, 'It rains on the roofs'), (2, 'a roof'), (3, 'rain and sun'), (4, NULL)");
        await fixture.Database.ExecuteAsync(create);
        var table = await OpenAsync();

        var found = await table.Search.FindAsync(new MatchQuery("rain on a roof"), Cancel);

        found.Rows.ShouldHaveSingleItem().Key.ShouldBe(["1"]);
        (await table.Search.FindAsync(new MatchQuery("rain -sun"), Cancel)).Rows.ShouldHaveSingleItem().Key.ShouldBe(["1"]);
        (await table.Search.FindAsync(new MatchQuery("' | ) \\ :*"), Cancel)).Rows.ShouldBeEmpty();
        await fixture.Database.ExecuteAsync("DROP TEXT SEARCH CONFIGURATION IF EXISTS \"o'k\" CASCADE");
    }

    [Fact]
    public async Task The_statement_over_an_index_of_words_can_use_it()
    {
        var table = await FillAsync("vector(32)");
        await fixture.Database.ExecuteAsync("CREATE INDEX notes_words ON notes USING gin (to_tsvector('simple', text))");
        var script = await table.Search.DescribeAsync(new MatchQuery("1234"), Cancel);

        await fixture.Database.ExecuteAsync("ANALYZE notes");
        var plan = await fixture.Database.ListAsync<string>(script.Replace("EXECUTE", "EXPLAIN EXECUTE", StringComparison.Ordinal));

        plan.ShouldContain(line => line.Contains("notes_words", StringComparison.Ordinal));
        await fixture.Database.ExecuteAsync("DEALLOCATE ALL");
    }

    [Fact]
    public async Task A_type_whose_text_search_configuration_is_unknown_takes_the_databases_own()
    {
        await CreateAsync("vector(2)");
        await fixture.Database.ExecuteAsync("ALTER TABLE notes ADD COLUMN words tsvector; INSERT INTO notes (id, text, words) VALUES (1, 'x', to_tsvector('rain'))");

        (await (await OpenAsync()).Search.FindAsync(new MatchQuery("rain"), Cancel)).Rows.Count.ShouldBe(1);
    }

    private static NearestQuery Query => new(Wanted) { Top = 5, Normalized = true };

    private static float[] Vector(int seed)
    {
        // Reproducible directions, each nearest to itself.
        var vector = new float[32];
        var state = (ulong)seed * 0x9E3779B97F4A7C15;
        for (var i = 0; i < vector.Length; i++)
        {
            state = (state ^ (state >> 29)) * 0xBF58476D1CE4E5B9;
            vector[i] = (int)(state >> 33) / (float)int.MaxValue * 2 - 1;
        }

        var length = MathF.Sqrt(vector.Sum(component => component * component));
        return [.. vector.Select(component => component / length)];
    }

    private async Task<IIngestTable> FillAsync(string type)
    {
        await CreateAsync(type);
        await fixture.Database.ExecuteAsync($"INSERT INTO notes SELECT i, 'text ' || i FROM generate_series(1, {Rows}) i");
        var table = await OpenAsync();
        await using var connection = await fixture.ConnectAsync();
        var value = type.StartsWith("bit", StringComparison.Ordinal) ? "u.v::bit(32)" : $"u.v::{type}";
        await using var command = new Npgsql.NpgsqlCommand(
            $"UPDATE notes SET embedding = {value} FROM unnest($1, $2) u(id, v) WHERE notes.id = u.id", connection)
        {
            Parameters =
            {
                new Npgsql.NpgsqlParameter { Value = Enumerable.Range(1, Rows).ToArray() },
                new Npgsql.NpgsqlParameter { Value = Enumerable.Range(1, Rows).Select(row => Literal(type, Vector(row))).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(Cancel);
        return table;
    }

    private static string Literal(string type, float[] vector) => type.StartsWith("bit", StringComparison.Ordinal)
        ? string.Concat(vector.Select(component => component > 0 ? '1' : '0'))
        : $"[{string.Join(',', vector.Select(component => component.ToString("R", CultureInfo.InvariantCulture)))}]";

    private async Task CreateAsync(string type)
    {
        await fixture.Database.ExecuteAsync($"CREATE TABLE notes (id integer PRIMARY KEY, text text, embedding {type})");
        await fixture.Store.InitAsync(new InitRequest { Table = new TableRequest { Table = "notes" } }, Cancel);
    }

    private Task<IIngestTable> OpenAsync() => fixture.Store.OpenTableAsync(new TableRequest { Table = "notes" }, Cancel);
}
