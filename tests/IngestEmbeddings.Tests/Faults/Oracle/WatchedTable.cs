using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Tests.Faults.Oracle;

/// <summary>
/// A table <c>sentences</c> whose every write is recorded by triggers in the database, so that no fault of the program, and no
/// later write, can hide that a row was written twice or with another text's vector.
/// </summary>
/// <remarks>
/// Each text names its row and its version, and no version is given twice; the vectors of <c>builtin:hashing</c> are
/// deterministic, so the audit knows the vector that each version must have. What a rolled back transaction did is not
/// recorded: the records roll back with it.
/// </remarks>
/// <param name="connectionString">Where the table is.</param>
/// <param name="place">Where its vectors go: into a column of it, or into a table of its own.</param>
/// <param name="keepsVectors">True for an application that changes texts and leaves the vector in the column.</param>
internal sealed class WatchedTable(string connectionString, VectorPlace place = VectorPlace.Column, bool keepsVectors = false)
{
    // A version's number is never used again, also not by a row that is deleted and inserted again. "touched" is a column of the
    // application's own: a change of it changes the row and not its text.
    private const string Create = """
        CREATE EXTENSION IF NOT EXISTS vector;
        CREATE SCHEMA oracle;
        CREATE SEQUENCE oracle.version AS integer;
        CREATE TABLE public.sentences (
            sentenceid bigint PRIMARY KEY,
            version integer NOT NULL DEFAULT nextval('oracle.version'),
            touched integer NOT NULL DEFAULT 0,
            hawaiiantext text
        );
        CREATE TABLE public.sentence_metrics (
            sentenceid bigint PRIMARY KEY,
            hawaiian_word_ratio real,
            word_count integer,
            length integer,
            entity_count integer,
            frequency integer,
            updated_at timestamptz,
            text_hash bigint
        );
        CREATE FUNCTION oracle.text(id bigint, version integer) RETURNS text LANGUAGE sql IMMUTABLE
            RETURN format('Sentence %s in version %s says%s.', id, version, repeat(' that the wind turned', (id % 5)::integer));
        """;

    // oracle.written: every vector ever committed, with the version of the row that it was written to.
    private const string CreateColumn = """
        ALTER TABLE public.sentences ADD embedding vector(384);
        CREATE TABLE oracle.written (sentenceid bigint, version integer, digest text, at timestamptz);
        CREATE FUNCTION oracle.record() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO oracle.written
            SELECT n.sentenceid, n.version, md5(vector_send(n.embedding)), clock_timestamp()
            FROM after AS n JOIN before AS o USING (sentenceid)
            WHERE n.embedding IS NOT NULL AND n.touched = o.touched AND (n.version = o.version OR n.embedding IS DISTINCT FROM o.embedding);
            RETURN NULL;
        END $$;
        CREATE TRIGGER record AFTER UPDATE ON public.sentences
            REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.record();
        """;

    // Beside the texts the hash tells which text a vector was made of: of which version that is, the versions tell that there ever
    // were. A vector with a hash of none of them gets the version -1, which is that of no vector.
    private const string CreateSide = """
        CREATE TABLE public.sentences_embeddings (
            sentenceid bigint, model text, text_hash bigint NOT NULL, embedding vector(384) NOT NULL, updated_at timestamptz NOT NULL,
            PRIMARY KEY (sentenceid, model)
        );
        CREATE TABLE oracle.known (sentenceid bigint, text_hash bigint, version integer, PRIMARY KEY (sentenceid, text_hash));
        CREATE FUNCTION oracle.learn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO oracle.known SELECT sentenceid, hashtextextended(hawaiiantext COLLATE "C", 0), version FROM after ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$;
        CREATE TRIGGER learn_inserted AFTER INSERT ON public.sentences
            REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.learn();
        CREATE TRIGGER learn_updated AFTER UPDATE ON public.sentences
            REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.learn();
        CREATE TABLE oracle.written_side (sentenceid bigint, text_hash bigint, digest text, at timestamptz);
        CREATE FUNCTION oracle.record() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO oracle.written_side SELECT sentenceid, text_hash, md5(vector_send(embedding)), clock_timestamp() FROM after;
            RETURN NULL;
        END $$;
        CREATE TRIGGER record_inserted AFTER INSERT ON public.sentences_embeddings
            REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.record();
        CREATE TRIGGER record_updated AFTER UPDATE ON public.sentences_embeddings
            REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION oracle.record();
        CREATE VIEW oracle.written AS
            SELECT sentenceid, coalesce(k.version, -1) AS version, digest, at
            FROM oracle.written_side LEFT JOIN oracle.known AS k USING (sentenceid, text_hash);
        """;

    // Who holds a key range is known from the claim; a write by another worker is an intrusion, and so is a cursor that goes back.
    private const string Watch = """
        CREATE TABLE oracle.holder (run_id uuid, no bigint, application text, PRIMARY KEY (run_id, no));
        CREATE TABLE oracle.intrusion (no bigint, holder text, intruder text, what text);
        CREATE FUNCTION oracle.watch() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            holds text;
            me text := current_setting('application_name');
        BEGIN
            IF TG_OP = 'INSERT' OR NEW.nonce IS DISTINCT FROM OLD.nonce THEN
                INSERT INTO oracle.holder VALUES (NEW.run_id, NEW.no, me)
                ON CONFLICT (run_id, no) DO UPDATE SET application = excluded.application;
            ELSIF NEW.last_write IS DISTINCT FROM OLD.last_write THEN
                SELECT application INTO holds FROM oracle.holder WHERE run_id = NEW.run_id AND no = NEW.no;
                IF holds <> me THEN
                    INSERT INTO oracle.intrusion VALUES (NEW.no, holds, me, 'write');
                ELSIF (NEW.cursor)[1]::bigint < (OLD.cursor)[1]::bigint THEN
                    INSERT INTO oracle.intrusion VALUES (NEW.no, holds, me, 'cursor');
                END IF;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER watch AFTER INSERT OR UPDATE ON ingest_embeddings.key_range FOR EACH ROW EXECUTE FUNCTION oracle.watch();
        """;

    /// <summary>Where the table is.</summary>
    public string ConnectionString => connectionString;

    /// <summary>The rows as they are now, and whether they have the vector that they should have, to be selected from.</summary>
    /// <remarks>No view: tests change the columns of the table.</remarks>
    public string Rows => place == VectorPlace.Column && keepsVectors
        ? """
            (SELECT s.sentenceid, s.hawaiiantext, s.embedding IS NOT NULL AND h.text_hash IS NOT DISTINCT FROM hashtextextended(s.hawaiiantext COLLATE "C", 0) AS has_vector
             FROM public.sentences AS s LEFT JOIN public.sentence_metrics AS h USING (sentenceid))
            """
        : place == VectorPlace.Column
        ? "(SELECT sentenceid, hawaiiantext, embedding IS NOT NULL AS has_vector FROM public.sentences)"
        : """
            (SELECT s.sentenceid, s.hawaiiantext, e.sentenceid IS NOT NULL AS has_vector
             FROM public.sentences AS s LEFT JOIN public.sentences_embeddings AS e
                 ON e.sentenceid = s.sentenceid AND e.text_hash = hashtextextended(s.hawaiiantext COLLATE "C", 0))
            """;

    /// <summary>The text of a row in one of its versions; the same as the function <c>oracle.text</c>.</summary>
    public static string Text(long id, int version) =>
        FormattableString.Invariant($"Sentence {id} in version {version} says") +
        string.Concat(Enumerable.Repeat(" that the wind turned", (int)(id % 5))) + ".";

    /// <summary>Creates the table and its triggers, and fills it.</summary>
    /// <param name="rows">How many rows; their keys are 10, 20, 30, …, so that others fit between.</param>
    public async Task CreateAsync(int rows)
    {
        await ExecuteAsync(Create + (place == VectorPlace.Column ? CreateColumn : CreateSide));
        await InsertAsync($"SELECT n * 10 FROM generate_series(1, {rows}) AS n");
    }

    /// <summary>Watches the tool's own records too, once they exist.</summary>
    public Task WatchRangesAsync() => ExecuteAsync(Watch);

    /// <summary>Inserts rows with the keys that a query gives; those that exist stay.</summary>
    public Task<int> InsertAsync(string keys) => ExecuteAsync($"""
        INSERT INTO public.sentences (sentenceid, version, hawaiiantext)
        SELECT id, version, oracle.text(id, version)
        FROM (SELECT id, nextval('oracle.version')::integer AS version FROM ({keys}) AS keys(id) OFFSET 0) AS fresh
        ON CONFLICT DO NOTHING
        """);

    /// <summary>Gives rows a new text, and takes their vector away where it is a column of the row, as an application does.</summary>
    public Task<int> ChangeAsync(string condition) => ExecuteAsync($"""
        UPDATE public.sentences AS s SET version = fresh.version, hawaiiantext = oracle.text(s.sentenceid, fresh.version){(place == VectorPlace.Column && !keepsVectors ? ", embedding = NULL" : "")}
        FROM (SELECT sentenceid, nextval('oracle.version')::integer AS version
              FROM (SELECT sentenceid FROM public.sentences WHERE {condition} ORDER BY sentenceid FOR UPDATE) AS chosen OFFSET 0) AS fresh
        WHERE s.sentenceid = fresh.sentenceid
        """);

    /// <summary>Runs a statement.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>A connection without a pool: the server may be restarted at any time.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "application" };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
