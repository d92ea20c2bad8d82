using IngestEmbeddings.Encoding;
using IngestEmbeddings.Metrics;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Benchmarks.Database;

/// <summary>
/// The plain way to do the same work, to measure against: fetch the rows that lack something with <c>LIMIT</c>, and write each
/// row with statements of its own.
/// </summary>
/// <remarks>
/// Not made slow on purpose: it uses the same metrics and encoder, prepared statements, one transaction for each fetch, and
/// an index wherever one has a primary key.
/// </remarks>
internal sealed class RowAtATime(NpgsqlConnection connection, bool frequency)
{
    private const int FetchRows = 100;

    private readonly TextMeter _meter = new();

    /// <summary>Measures every row that has a vector and no metrics.</summary>
    public Task<long> MeasureAsync() => RunAsync(
        $"""
        SELECT t.id, t.text FROM sentences AS t LEFT JOIN sentence_metrics AS m ON m.sentenceid = t.id
        WHERE t.embedding IS NOT NULL AND m.sentenceid IS NULL ORDER BY t.id LIMIT {FetchRows}
        """,
        encoder: null);

    /// <summary>Encodes and measures every row that has no vector.</summary>
    public Task<long> EncodeAsync(IEncoder encoder) => RunAsync(
        $"SELECT id, text FROM sentences WHERE embedding IS NULL ORDER BY id LIMIT {FetchRows}", encoder);

    private async Task<long> RunAsync(string fetch, IEncoder? encoder)
    {
        await using var update = Command("UPDATE sentences SET embedding = $2 WHERE id = $1", Parameter(NpgsqlDbType.Bigint), Parameter(NpgsqlDbType.Array | NpgsqlDbType.Real));
        await using var count = Command("SELECT count(*) FROM sentences WHERE text = $1", Parameter(NpgsqlDbType.Text));
        await using var upsert = Command(
            """
            INSERT INTO sentence_metrics (sentenceid, word_count, length, entity_count, frequency) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (sentenceid) DO UPDATE SET word_count = excluded.word_count, length = excluded.length,
                entity_count = excluded.entity_count, frequency = excluded.frequency
            """,
            Parameter(NpgsqlDbType.Bigint), Parameter(NpgsqlDbType.Integer), Parameter(NpgsqlDbType.Integer), Parameter(NpgsqlDbType.Integer), Parameter(NpgsqlDbType.Integer));
        await upsert.PrepareAsync();
        await count.PrepareAsync();

        var done = 0L;
        while (await FetchAsync(fetch) is { Count: > 0 } rows)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var (id, text) in rows)
            {
                if (encoder is not null)
                {
                    await EncodeAsync(encoder, update, id, text);
                }

                await MeasureAsync(upsert, frequency ? count : null, id, text);
            }

            await transaction.CommitAsync();
            done += rows.Count;
        }

        return done;
    }

    private async Task<List<(long Id, string Text)>> FetchAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(long, string)>(FetchRows);
        while (await reader.ReadAsync())
        {
            rows.Add((reader.GetInt64(0), reader.GetString(1)));
        }

        return rows;
    }

    private static async Task EncodeAsync(IEncoder encoder, NpgsqlCommand update, long id, string text)
    {
        using var vectors = new VectorBlock(1, encoder.Description.Dimension);
        await encoder.EncodeAsync([text], TextRole.Document, vectors, CancellationToken.None);
        update.Parameters[0].Value = id;
        update.Parameters[1].Value = vectors.RowMemory(0).ToArray();
        await update.ExecuteNonQueryAsync();
    }

    private async Task MeasureAsync(NpgsqlCommand upsert, NpgsqlCommand? count, long id, string text)
    {
        int? rows = null;
        if (count is not null)
        {
            count.Parameters[0].Value = text;
            rows = (int)(long)(await count.ExecuteScalarAsync())!;
        }

        var metrics = _meter.Measure(text, rows);
        object?[] values = [id, metrics.WordCount, metrics.Length, metrics.EntityCount, metrics.Frequency];
        for (var i = 0; i < values.Length; i++)
        {
            upsert.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        await upsert.ExecuteNonQueryAsync();
    }

    private static NpgsqlParameter Parameter(NpgsqlDbType type) => new() { NpgsqlDbType = type };

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
