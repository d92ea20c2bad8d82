using System.Globalization;
using Npgsql;

namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>The database of the benchmark: makes tables, empties them, times statements.</summary>
internal sealed class Tables(NpgsqlDataSource source) : IAsyncDisposable
{
    private const string Database = "bench";

    /// <summary>Creates the database and fills the table <c>corpus</c>.</summary>
    public static async Task<Tables> CreateAsync(DatabaseOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.Server) { Database = "postgres" };
        await using (var server = NpgsqlDataSource.Create(settings))
        {
            await using var create = server.CreateCommand($"CREATE DATABASE {Database}");
            await create.ExecuteNonQueryAsync();
        }

        settings.Database = Database;
        settings.CommandTimeout = 0;
        settings.IncludeErrorDetail = true;
        // A backend's processor time is known when it has ended.
        settings.Pooling = false;
        var tables = new Tables(NpgsqlDataSource.Create(settings));
        await tables.ExecuteAsync("CREATE EXTENSION vector; CREATE TABLE corpus (id bigint PRIMARY KEY, text text NOT NULL)");
        await tables.LoadCorpusAsync(options.Corpus);
        return tables;
    }

    /// <summary>How the tool is told of the database.</summary>
    public string Url
    {
        get
        {
            var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
            return $"postgresql://{settings.Username}@{settings.Host}:{settings.Port}/{settings.Database}";
        }
    }

    public ValueTask<NpgsqlConnection> ConnectAsync() => source.OpenConnectionAsync();

    /// <summary>
    /// A new table of the first texts of the corpus, begun again where it has fewer, without vectors, as a user would have it.
    /// </summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="vectors">What stands in the vector column; null for a table that has no such column.</param>
    public async Task CreateSentencesAsync(int rows, string? vectors = "NULL")
    {
        var column = vectors is null ? "" : ", embedding vector(384)";
        var value = vectors is null ? "" : ", " + vectors;
        await ExecuteAsync($"""
            DROP TABLE IF EXISTS sentences, sentence_metrics, sentences_embeddings;
            CREATE TABLE sentences (id bigint PRIMARY KEY, text text NOT NULL{column});
            INSERT INTO sentences
            SELECT number, text{value} FROM generate_series(1, {rows}) AS number
            JOIN corpus ON corpus.id = (number - 1) % (SELECT count(*) FROM corpus) + 1 ORDER BY number
            """);
        await ExecuteAsync("VACUUM ANALYZE sentences");
    }

    /// <summary>Forgets what the tool has recorded, and starts the measurement with an idle disk.</summary>
    public async Task SettleAsync()
    {
        await ExecuteAsync("DROP SCHEMA IF EXISTS ingest_embeddings CASCADE");
        await ExecuteAsync("CHECKPOINT");
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Processor time of all backends that have ended, in seconds; 0 where the server is on another machine.</summary>
    public async Task<double> ProcessorSecondsAsync()
    {
        // Backends end a moment after their clients have gone.
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        var postmaster = (await ScalarAsync<string>("SELECT pg_read_file('postmaster.pid')")).Split('\n')[0];
        var file = $"/proc/{postmaster}/stat";
        if (!File.Exists(file))
        {
            return 0;
        }

        // Fields 16 and 17 of proc(5): user and system time of children that were waited for, in hundredths of a second.
        var fields = (await File.ReadAllTextAsync(file)).Split(") ")[1].Split(' ');
        return (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / 100.0;
    }

    /// <summary>The settings that differ from the server's defaults and matter for speed.</summary>
    public async Task<string> DescribeAsync() => await ScalarAsync<string>("""
        SELECT 'PostgreSQL ' || current_setting('server_version') || ', pgvector ' ||
            (SELECT extversion FROM pg_extension WHERE extname = 'vector') || '; ' ||
            (SELECT string_agg(name || '=' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
             WHERE name IN ('shared_buffers', 'max_wal_size', 'fsync', 'synchronous_commit', 'work_mem',
                'maintenance_work_mem', 'full_page_writes', 'autovacuum'))
        """);

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task LoadCorpusAsync(string file)
    {
        await using (var connection = await ConnectAsync())
        {
            await using var copy = await connection.BeginBinaryImportAsync("COPY corpus FROM STDIN (FORMAT binary)");
            await foreach (var line in File.ReadLinesAsync(file))
            {
                var tab = line.IndexOf('\t', StringComparison.Ordinal);
                if (long.TryParse(line.AsSpan(0, tab), CultureInfo.InvariantCulture, out var id))
                {
                    await copy.WriteRowAsync(CancellationToken.None, id, line[(tab + 1)..]);
                }
            }

            await copy.CompleteAsync();
        }

        await ExecuteAsync("VACUUM ANALYZE corpus");
    }
}
