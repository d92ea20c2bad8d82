using System.Globalization;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Counts the rows of a table, or estimates them from a sample of its pages where counting would take long.</summary>
internal static class RowEstimate
{
    // Up to here a count takes a second or two.
    private const double MaxCountedRows = 500_000;

    private const double SampledRows = 50_000;

    // The density of rows when the table was last analyzed, by the pages that it has now. What has parts of its own is counted.
    private const string FindSize = """
        SELECT (c.reltuples / c.relpages * (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::integer))::float8
        FROM pg_catalog.pg_class AS c
        WHERE c.oid = $1 AND c.relkind = 'r' AND NOT c.relhassubclass AND c.reltuples > 0 AND c.relpages > 0
        """;

    /// <summary>About how many rows the table has; null where it is small, or nothing is known of it.</summary>
    public static async Task<double?> SizeAsync(NpgsqlConnection connection, VectorTarget vectors, CancellationToken cancellationToken)
    {
        var size = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(FindSize, Statements.Oid(vectors.Layout.Table.Oid)),
            static row => row.GetDouble(0),
            cancellationToken);
        return size > MaxCountedRows ? size : null;
    }

    /// <summary>Counts rows with text, pending ones and changed ones, in a pass over the table for each.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="vectors">The vectors that are meant.</param>
    /// <param name="isRecorded">False: the state schema is missing, so no row can have failed.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task<RowState> CountAsync(
        NpgsqlConnection connection, VectorTarget vectors, bool isRecorded, CancellationToken cancellationToken)
    {
        var pending = await RowCounts.PendingAsync(connection, Target(vectors, ChangedTexts.Included), isRecorded, cancellationToken);
        var changed = vectors.Layout.ChangesUnnoticed is null
            ? await RowCounts.PendingAsync(connection, Target(vectors, ChangedTexts.Only), isRecorded, cancellationToken)
            : new RowCount(0, Gone: 0);
        var rows = await Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                $"SELECT count(*) FROM {vectors.Layout.Table.Sql} AS t WHERE {PendingSql.Workable(vectors.Layout, destination: null, "$1")}",
                PendingSql.Blank(connection)),
            static row => row.GetInt64(0),
            cancellationToken);
        return new RowState(rows, pending.Pending, changed.Pending);
    }

    /// <summary>Estimates the same from a sample.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="vectors">The vectors that are meant.</param>
    /// <param name="isRecorded">False: the state schema is missing, so no row can have failed.</param>
    /// <param name="size">About how many rows the table has.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task<RowState> EstimateAsync(
        NpgsqlConnection connection, VectorTarget vectors, bool isRecorded, double size, CancellationToken cancellationToken)
    {
        var target = Target(vectors, ChangedTexts.Included);
        var destination = isRecorded ? "$2" : null;
        var command = Statements.Command(
            $"""
            SELECT count(*), count(*) FILTER (WHERE {PendingSql.Workable(vectors.Layout, destination: null, "$1")}),
                   count(*) FILTER (WHERE {target.Pending(destination, "$1")}),
                   count(*) FILTER (WHERE {Target(vectors, ChangedTexts.Only).Pending(destination, "$1")})
            FROM {vectors.Layout.Table.Sql} AS t {Sample(size)}
            """,
            PendingSql.Blank(connection));
        if (isRecorded)
        {
            command.Parameters.Add(Statements.Value(target.Destination));
        }

        var (all, withText, pending, changed) = await Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            command,
            static row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)),
            cancellationToken);
        var factor = size / Math.Max(1, all);
        return new RowState(Scaled(withText), Scaled(pending), Scaled(changed));

        long Scaled(long count) => (long)Math.Round(count * factor);
    }

    private static EmbedTarget Target(VectorTarget vectors, ChangedTexts changed) => new(vectors with { Changed = changed });

    /// <summary>Samples the table. The same pages each time, so that two looks at a table at rest agree.</summary>
    public static string Sample(double rows) =>
        string.Create(CultureInfo.InvariantCulture, $"TABLESAMPLE SYSTEM ({Math.Min(100, 100 * SampledRows / rows):0.######}) REPEATABLE (1)");
}

/// <summary>The rows of a table.</summary>
/// <param name="WithText">Rows with text.</param>
/// <param name="Pending">Rows among them that a run would do.</param>
/// <param name="Changed">Rows among the pending ones whose text has changed since their vector was made.</param>
internal readonly record struct RowState(long WithText, long Pending, long Changed);
