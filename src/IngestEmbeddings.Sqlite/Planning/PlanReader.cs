using System.Globalization;
using IngestEmbeddings.Events;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Planning;

/// <summary>Reads what a run would do to a table. Writes nothing.</summary>
internal static class PlanReader
{
    public static TablePlan Read(SqliteConnection connection, RowSql row, PlanRequest request)
    {
        if (request.SamplesOnly)
        {
            var (keysAlone, textsAlone) = Sample(connection, row, request);
            return new TablePlan { Pending = 0, Sample = textsAlone, SampleKeys = keysAlone };
        }

        var count = RowCounts.Of(connection, row, request.Work);
        var (keys, texts) = Sample(connection, row, request);
        return new TablePlan
        {
            Pending = count.Pending,
            Changed = request.Work is EmbedWork { Changed: ChangedTexts.Included } ? RowCounts.Changed(connection, row) : 0,
            Failed = count.Failed,
            Gone = count.Gone,
            Repeated = Repeated(connection, row, request),
            Sample = texts,
            SampleKeys = keys,
            Growth = request.Work.Encoder is { } encoder ? new RowGrowth((sizeof(float) * encoder.Dimension) + 80, 0, 0) : new RowGrowth(80, 0, 0),
            Refusals = Refusals(connection, row, request),
        };
    }

    private static long Repeated(SqliteConnection connection, RowSql row, PlanRequest request) => Convert.ToInt64(
        connection.Scalar(
            $"SELECT count(*) - count(DISTINCT {row.Hash}) FROM {row.Table} AS t WHERE {new PendingSql(row, request.Work).Pending}",
            ("@table", row.Layout.Table),
            ("@blank", BlankCharacters.All)),
        CultureInfo.InvariantCulture);

    private static (IReadOnlyList<string> Keys, IReadOnlyList<string> Texts) Sample(SqliteConnection connection, RowSql row, PlanRequest request)
    {
        // A run with a limit does the first rows in key order.
        var rows = connection.Query(
            $"""
            SELECT * FROM (
                SELECT {row.Keys}, {LongTexts.Read(row.TextColumn)} AS sampled_text FROM {row.Table} AS t WHERE {new PendingSql(row, request.Work).Pending} ORDER BY {row.Keys} LIMIT @limit)
            ORDER BY random() LIMIT @rows
            """,
            reader => (Text: reader.GetString(row.Layout.Key.Count), Key: Key(reader, row.Layout.Key.Count)),
            ("@table", row.Layout.Table),
            ("@blank", BlankCharacters.All),
            ("@limit", request.Limit ?? -1),
            ("@rows", request.SampleRows));
        var cut = 0;
        return ([.. rows.Select(static sampled => sampled.Key)], [.. rows.Select(sampled => TextLimits.Cut(sampled.Text, ref cut))]);
    }

    private static string Key(SqliteDataReader reader, int columns) =>
        KeyText.Of([.. Enumerable.Range(0, columns).Select(reader.GetValue)]);

    private static List<string> Refusals(SqliteConnection connection, RowSql row, PlanRequest request)
    {
        if (request.Work.Encoder is { } encoder)
        {
            try
            {
                SpaceRegistry.Check(connection, row.Layout, encoder, EventChannel.None);
            }
            catch (IngestException refusal)
            {
                return [refusal.Message];
            }
        }

        return [];
    }
}
