using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite.Searching;

/// <summary>Compares every vector of a table with one, in one pass over the file.</summary>
/// <remarks>
/// The driver would copy each vector into an array; here it is compared where SQLite holds it. A row costs two calls of SQLite,
/// and the key is read only of a row that is kept.
/// </remarks>
/// <param name="row">The row.</param>
/// <param name="query">The vector, and how many rows are wanted.</param>
internal sealed class VectorScan(RowSql row, NearestQuery query)
{
    // What a scan of a part is worth its own connection.
    private const long MinPartRows = 20_000;

    /// <summary>The rows that are read: the vector, then the key.</summary>
    public string Statement => Select("");

    /// <summary>Cuts a table into parts for several threads: the row ids that each begins after and ends at.</summary>
    /// <returns>One null for a table that is not cut.</returns>
    public IReadOnlyList<(long After, long UpTo)?> Parts(SqliteConnection connection, int threads)
    {
        if (threads < 2 || !HasRowIds(connection))
        {
            return [null];
        }

        var (first, last) = connection.Query(
            $"SELECT (SELECT min(_rowid_) FROM {row.Table}), (SELECT max(_rowid_) FROM {row.Table})",
            static reader => reader.IsDBNull(0) ? (1L, 0L) : (reader.GetInt64(0), reader.GetInt64(1)))[0];
        var span = (Int128)last - first + 1;
        var parts = (int)Int128.Clamp(span / MinPartRows, 1, threads);
        return parts == 1
            ? [null]
            : [.. Enumerable.Range(0, parts).Select(part => ((long After, long UpTo)?)((long)(first - 1 + (span * part / parts)), (long)(first - 1 + (span * (part + 1) / parts))))];
    }

    /// <summary>Scans the table, or a part of it.</summary>
    /// <returns>The keys of the nearest rows. A vector of another dimension is passed over.</returns>
    public NearestRows<object[]> Run(SqliteConnection connection, (long After, long UpTo)? part)
    {
        // The file is read where the kernel holds it: reading it into SQLite's cache would copy every vector once more.
        connection.Execute("PRAGMA mmap_size = 2147418112");
        var vector = query.Vector.Span;
        var nearest = new NearestRows<object[]>(query.Top);
        var text = part is null ? Statement : Select($"AND t._rowid_ > {part.Value.After} AND t._rowid_ <= {part.Value.UpTo}");
        var handle = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(handle, text, out var statement), handle);
        using (statement)
        {
            var place = part?.After ?? 0;
            int code;
            while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
            {
                place++;
                var other = MemoryMarshal.Cast<byte, float>(raw.sqlite3_column_blob(statement, 0));
                if (other.Length != vector.Length)
                {
                    continue;
                }

                var score = query.Normalized ? TensorPrimitives.Dot(vector, other) : TensorPrimitives.CosineSimilarity(vector, other);
                if (score > nearest.Threshold)
                {
                    nearest.Offer(score, place, Key(statement));
                }
            }

            SqliteException.ThrowExceptionForRC(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code, handle);
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

    private string Select(string part) => $"SELECT {row.Vector}, {row.Keys} FROM {row.Table} AS t WHERE typeof({row.Vector}) = 'blob' {part}";

    private object[] Key(sqlite3_stmt statement)
    {
        var key = new object[row.Layout.Key.Count];
        for (var i = 0; i < key.Length; i++)
        {
            key[i] = raw.sqlite3_column_type(statement, i + 1) switch
            {
                raw.SQLITE_INTEGER => raw.sqlite3_column_int64(statement, i + 1),
                raw.SQLITE_FLOAT => raw.sqlite3_column_double(statement, i + 1),
                raw.SQLITE_BLOB => raw.sqlite3_column_blob(statement, i + 1).ToArray(),
                _ => raw.sqlite3_column_text(statement, i + 1).utf8_to_string(),
            };
        }

        return key;
    }
}
