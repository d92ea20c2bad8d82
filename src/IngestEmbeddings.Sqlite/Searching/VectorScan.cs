using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Searching;

/// <summary>Compares every vector of a table with one, in one pass over the file.</summary>
/// <remarks>The driver would copy each vector into an array; here it is compared where SQLite holds it.</remarks>
/// <param name="row">The row.</param>
/// <param name="query">The vector, and how many rows are wanted.</param>
internal sealed class VectorScan(RowSql row, NearestQuery query)
{
    // The rows that make a scan of a part worth its own connection.
    private const long MinPartRows = 20_000;

    /// <summary>The rows that are read: the key, then the vector.</summary>
    public string Statement => $"SELECT {row.Keys}, {row.Vector} FROM {row.Table} AS t WHERE typeof({row.Vector}) = 'blob'";

    /// <summary>Cuts a table into parts for several threads, by row ids: the first and the last of each.</summary>
    /// <returns>One null for a table without row ids.</returns>
    public IReadOnlyList<(long First, long Last)?> Parts(SqliteConnection connection, int threads)
    {
        if (!HasRowIds(connection))
        {
            return [null];
        }

        var (first, last) = connection.Query(
            $"SELECT (SELECT min(_rowid_) FROM {row.Table}), (SELECT max(_rowid_) FROM {row.Table})",
            static reader => reader.IsDBNull(0) ? (1L, 0L) : (reader.GetInt64(0), reader.GetInt64(1)))[0];
        var span = (Int128)last - first + 1;
        var parts = (int)Int128.Clamp(span / MinPartRows, 1, threads);
        return [.. Enumerable.Range(0, parts).Select(part =>
            ((long First, long Last)?)((long)(first + (span * part / parts)), (long)(first + (span * (part + 1) / parts) - 1)))];
    }

    /// <summary>Scans the table, or a part of it.</summary>
    /// <returns>The keys of the nearest rows. A vector of another dimension is passed over.</returns>
    public NearestRows<object[]> Run(SqliteConnection connection, (long First, long Last)? part)
    {
        // The file is read where the kernel holds it: reading it into SQLite's cache would copy every vector once more.
        connection.Execute("PRAGMA mmap_size = 2147418112");
        return part is { } ids ? Run(connection, ids.First, ids.Last) : Run(connection);
    }

    private NearestRows<object[]> Run(SqliteConnection connection, long first, long last)
    {
        // Backwards, because SQLite fills a page from its end: the last row then comes first in memory, and the processor reads ahead. That
        // is worth a third.
        connection.Execute("PRAGMA reverse_unordered_selects = ON");
        var found = new NearestFunction(query.Vector, query.Normalized, query.Top).Run(
            connection,
            $"SELECT {NearestFunction.Name}({row.Vector}, t._rowid_) FROM {row.Table} AS t WHERE typeof({row.Vector}) = 'blob' AND t._rowid_ BETWEEN {first} AND {last}");
        var nearest = new NearestRows<object[]>(query.Top);
        foreach (var (id, score) in found.Descending())
        {
            nearest.Offer(score, id, connection.Query($"SELECT {row.Keys} FROM {row.Table} AS t WHERE t._rowid_ = {id}", Key)[0]);
        }

        return nearest;
    }

    private NearestRows<object[]> Run(SqliteConnection connection)
    {
        var vector = query.Vector.Span;
        var nearest = new NearestRows<object[]>(query.Top);
        using var command = connection.Command(Statement);
        using var reader = command.ExecuteReader();
        for (var place = 0L; reader.Read(); place++)
        {
            var other = MemoryMarshal.Cast<byte, float>(reader.GetFieldValue<byte[]>(row.Layout.Key.Count));
            if (other.Length != vector.Length)
            {
                continue;
            }

            var score = query.Normalized ? TensorPrimitives.Dot(vector, other) : TensorPrimitives.CosineSimilarity(vector, other);
            if (score > nearest.Threshold)
            {
                nearest.Offer(score, place, Key(reader));
            }
        }

        return nearest;
    }

    private bool HasRowIds(SqliteConnection connection) => connection.Scalar(
        """
        SELECT 1 FROM pragma_table_list(@table) AS l
        WHERE l.schema = 'main' AND l.type = 'table' AND NOT l.wr
          AND NOT EXISTS (SELECT 1 FROM pragma_table_info(@table) AS c WHERE lower(c.name) = '_rowid_')
        """,
        ("@table", row.Layout.Table)) is not null;

    private object[] Key(SqliteDataReader reader) => [.. Enumerable.Range(0, row.Layout.Key.Count).Select(reader.GetValue)];
}
