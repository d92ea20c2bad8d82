using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>The statements that write a batch.</summary>
/// <remarks>
/// One statement does it all: the fence is checked and moved first, and everything else depends on it. Rows are written
/// only in the version that was read (<c>xmin</c>), so that a vector never belongs to another text than the row has; metrics
/// are written for exactly the rows that were.
/// </remarks>
internal sealed class WriteStatements
{
    /// <summary>Checks the fence and moves it; gives no row where another worker has the chunk.</summary>
    /// <remarks>
    /// $1 run, $2 chunk, $3 nonce, $4 fence, $5 lease, $6 cursor, $7 write. A write that was committed and whose answer was
    /// lost does not pass a second time. A row written is progress: the chunk is no suspect any more.
    /// </remarks>
    public static readonly string MoveFence = $"""
        UPDATE ingest_embeddings.chunk
        SET lease_until = clock_timestamp() + $5, cursor = coalesce($6, cursor), last_write = $7, attempts = 0
        WHERE run_id = $1 AND no = $2 AND {WriteGuards.Held("$3", "$4")} AND last_write IS DISTINCT FROM $7
        RETURNING no, now()
        """;

    /// <summary>Whether the write was committed by an earlier try.</summary>
    public const string WasCommitted = """
        SELECT EXISTS (SELECT FROM ingest_embeddings.chunk WHERE run_id = $1 AND no = $2 AND last_write = $3)
        """;

    public WriteStatements(TableLayout layout, bool metricsOnly, bool frequency)
    {
        var key = new KeySql(layout.Key);

        // $8 versions, $9 to $13 metrics, then the key columns, then the vectors. Unnested where columns stand and not as a table:
        // that would be made as a whole first, each vector copied twice.
        IEnumerable<(string Array, string Name)> columns =
        [
            ("$8", "version"), ("$9", "word_ratio"), ("$10", "word_count"), ("$11", "length"), ("$12", "entity_count"), ("$13", "frequency"),
            .. Enumerable.Range(1, key.Count).Select(number => ($"${13 + number}", $"k{number}")),
        ];
        if (!metricsOnly)
        {
            columns = columns.Append(($"${14 + key.Count}", "vector"));
        }

        var sent = $"(SELECT {string.Join(", ", columns.Select(column => $"unnest({column.Array}) AS {column.Name}"))}) AS u";
        const string Measures = "u.word_ratio, u.word_count, u.length, u.entity_count, u.frequency";
        var unchanged = $"{key.EqualsSent} AND {WriteGuards.Unchanged("u.version")}";
        var written = layout switch
        {
            _ when metricsOnly => $"""
                written AS (
                SELECT {key.ColumnsAsSent}, {Measures}
                FROM {sent}
                JOIN {layout.Table.Sql} AS t ON {unchanged}
                WHERE EXISTS (SELECT FROM fence) AND {VectorSql.Present(layout)}
                )
                """,
            { Side: { } side } => Beside(side),
            _ => $"""
                written AS (
                UPDATE {layout.Table.Sql} AS t
                SET {layout.Vector.Sql} = u.vector
                FROM {sent}
                WHERE EXISTS (SELECT FROM fence) AND {unchanged} AND {VectorSql.Absent(layout, range: null)}
                RETURNING {key.ColumnsAsSent}, {Measures}
                )
                """,
        };
        string WriteAll(bool areNew) => $"""
            WITH fence AS (
            {MoveFence}
            ), {written}, {MetricsSql.Build(layout, frequency, areNew)}
            SELECT (SELECT count(*) FROM fence), (SELECT count(*) FROM written)
            """;
        Write = WriteAll(areNew: false);
        WriteNew = metricsOnly || !layout.Metrics.HasUniqueKey ? null : WriteAll(areNew: true);
        SetAside = $"""
            INSERT INTO ingest_embeddings.dead (run_id, destination, key, stage, reason)
            SELECT $1, $2, {key.AsArray}, u.stage, u.reason
            FROM unnest({string.Join(", ", Enumerable.Range(6, key.Count).Select(number => "$" + number))}, $3, $4, $5)
                AS u({key.Sent}, version, stage, reason)
            JOIN {layout.Table.Sql} AS t ON {key.EqualsSent}
            WHERE {WriteGuards.Unchanged("u.version")}
            ON CONFLICT (destination, key) DO UPDATE
            SET run_id = excluded.run_id, stage = excluded.stage, reason = excluded.reason, at = now()
            """;

        // The table with the texts is only read: the join drops rows that have changed or vanished. A row whose vector another
        // process has just written counts as written: it has this very text.
        string Beside(SideTable side)
        {
            var keyColumns = string.Join(", ", side.Key.Select(column => column.Sql));
            return $"""
                guarded AS (
                SELECT {key.ColumnsAsSent}, {VectorSql.TextHash(layout)} AS text_hash, u.vector, {Measures}
                FROM {sent}
                JOIN {layout.Table.Sql} AS t ON {unchanged}
                WHERE EXISTS (SELECT FROM fence)
                ), stored AS (
                INSERT INTO {side.Table.Sql} AS e ({keyColumns}, {side.Model.Sql}, {side.TextHash.Sql}, {side.Vector.Sql}, {side.UpdatedAt.Sql})
                SELECT {key.Sent}, {side.ModelSql}, text_hash, vector, now() FROM guarded
                ON CONFLICT ({keyColumns}, {side.Model.Sql}) DO UPDATE
                SET {side.TextHash.Sql} = excluded.{side.TextHash.Sql}, {side.Vector.Sql} = excluded.{side.Vector.Sql}, {side.UpdatedAt.Sql} = excluded.{side.UpdatedAt.Sql}
                WHERE e.{side.TextHash.Sql} IS DISTINCT FROM excluded.{side.TextHash.Sql}{(layout.RemadeSince is null ? "" : $" OR e.{side.UpdatedAt.Sql} < {layout.RemadeSince}")}
                ), written AS (
                SELECT {key.Sent}, {Measures} FROM guarded AS u
                )
                """;
        }
    }

    /// <summary>Writes a batch; gives 1 or 0 for the fence and the number of rows written.</summary>
    public string Write { get; }

    /// <summary>
    /// The same, for rows that have no metrics yet; fails with a violation of a unique key where one has. Without ON CONFLICT the
    /// server logs each of them once instead of twice, and takes no lock for each. Null where that can not be expected.
    /// </summary>
    public string? WriteNew { get; }

    /// <summary>Sets rows aside, in the transaction of <see cref="Write"/> and after its fence.</summary>
    public string SetAside { get; }
}
