using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using IngestEmbeddings.Encoding;
using Npgsql;
using Shouldly;

namespace IngestEmbeddings.Tests.Faults.Oracle;

/// <summary>What the records of a <see cref="WatchedTable"/> say of all that was written to it.</summary>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Writes">Vectors that were ever committed.</param>
/// <param name="Lost">Rows with text, not failed, that lack a vector or metrics.</param>
/// <param name="Double">Versions of rows that were written more than once.</param>
/// <param name="Stale">Vectors ever committed, and metrics in the end, that belong to another text than their row had.</param>
/// <param name="Intruded">Writes to a key range by a worker that no longer held it.</param>
/// <param name="Failed">Rows in <c>ingest_embeddings.failed_row</c>.</param>
/// <param name="Gaps">Places where the key ranges of the first pass leave out keys or have them twice.</param>
internal sealed record Audit(int Rows, int Writes, int Lost, int Double, int Stale, int Intruded, int Failed, int Gaps)
{
    private const string DoubleRows =
        "SELECT count(*)::integer FROM (SELECT FROM oracle.written GROUP BY sentenceid, version HAVING count(*) > 1) AS twice";

    private const string RangeGaps = """
        SELECT count(*)::integer FROM (
            SELECT lo, lag(hi) OVER (PARTITION BY run_id ORDER BY no) AS previous, pass FROM ingest_embeddings.key_range WHERE pass = 0
        ) AS chunks WHERE previous IS NOT NULL AND lo IS DISTINCT FROM previous
        """;

    /// <summary>True when every promise was kept.</summary>
    public bool IsClean => Lost == 0 && Double == 0 && Stale == 0 && Intruded == 0 && Gaps == 0;

    /// <summary>Looks at everything.</summary>
    public static async Task<Audit> OfAsync(WatchedTable table)
    {
        var watched = await table.ScalarAsync<bool>("SELECT to_regclass('oracle.intrusion') IS NOT NULL");
        return new Audit(
            await table.ScalarAsync<int>("SELECT count(*)::integer FROM public.sentences"),
            await table.ScalarAsync<int>("SELECT count(*)::integer FROM oracle.written"),
            await table.ScalarAsync<int>(LostRows(table)),
            await table.ScalarAsync<int>(DoubleRows),
            await StaleVectorsAsync(table) + await table.ScalarAsync<int>(StaleMetrics(table)),
            watched ? await table.ScalarAsync<int>("SELECT count(*)::integer FROM oracle.intrusion") : 0,
            await table.ScalarAsync<int>("SELECT count(*)::integer FROM ingest_embeddings.failed_row"),
            await table.ScalarAsync<int>(RangeGaps));
    }

    /// <summary>Fails unless every promise was kept and no row was failed.</summary>
    public void ShouldBeClean(int failed = 0)
    {
        ToString().ShouldBe((this with { Lost = 0, Double = 0, Stale = 0, Intruded = 0, Gaps = 0, Failed = failed }).ToString());
        Writes.ShouldBeGreaterThan(0);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"rows={Rows} writes={Writes} failed={Failed} intruded={Intruded} gaps={Gaps} lost={Lost} double={Double} stale={Stale}");

    private static string LostRows(WatchedTable table) => $"""
        SELECT count(*)::integer FROM {table.Rows} s LEFT JOIN public.sentence_metrics m USING (sentenceid)
        WHERE s.hawaiiantext ~ '[[:alnum:]]' AND (NOT s.has_vector OR m.sentenceid IS NULL)
          AND NOT EXISTS (SELECT FROM ingest_embeddings.failed_row d WHERE d.key = ARRAY[s.sentenceid::text])
        """;

    // Metrics are of the text when their length is the text's: each version's number is longer only now and then, so the vector,
    // which is written by the same statement, is the sharper check.
    private static string StaleMetrics(WatchedTable table) => $"""
        SELECT count(*)::integer FROM {table.Rows} s JOIN public.sentence_metrics m USING (sentenceid)
        WHERE s.has_vector AND m.length <> char_length(s.hawaiiantext)
        """;

    // Every vector that was ever committed is compared, not only those that were left in the end.
    private static async Task<int> StaleVectorsAsync(WatchedTable table)
    {
        const int Portion = 1000;
        await using var encoder = new HashingEncoder();
        await using var connection = await table.ConnectAsync();
        await using var command = new NpgsqlCommand("SELECT sentenceid, version, digest FROM oracle.written", connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync();
        var stale = 0;
        var portion = new List<(long Id, int Version, string Digest)>(Portion);
        bool more;
        do
        {
            more = await reader.ReadAsync();
            if (more)
            {
                portion.Add((reader.GetInt64(0), reader.GetInt32(1), reader.GetString(2)));
            }

            if (portion.Count == Portion || (!more && portion.Count > 0))
            {
                stale += await CountStaleAsync(encoder, portion);
                portion.Clear();
            }
        }
        while (more);

        return stale;
    }

    private static async Task<int> CountStaleAsync(HashingEncoder encoder, List<(long Id, int Version, string Digest)> written)
    {
        var vectors = new VectorBlock(written.Count, HashingEncoder.Dimension);
        await encoder.EncodeAsync([.. written.Select(row => WatchedTable.Text(row.Id, row.Version))], TextRole.Document, vectors, CancellationToken.None);
        return Enumerable.Range(0, written.Count).Count(index => Digest(vectors.Row(index)) != written[index].Digest);
    }

    // The bytes that vector_send gives: dimension, a reserved word, the components, all big-endian.
    private static string Digest(ReadOnlySpan<float> vector)
    {
        var bytes = new byte[4 + (4 * vector.Length)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)vector.Length);
        for (var index = 0; index < vector.Length; index++)
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(4 + (4 * index)), vector[index]);
        }

        // Any digest would do; MD5 is the one that SQL has.
#pragma warning disable CA5351
        return Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
    }
}
