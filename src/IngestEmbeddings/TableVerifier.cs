using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Verifying;

namespace IngestEmbeddings;

/// <summary>Checks what runs have written into a table. Reads only.</summary>
/// <param name="table">The table.</param>
/// <param name="name">The table as a command names it.</param>
/// <param name="encoder">The model that made the vectors; null: no text is encoded again. The caller disposes it.</param>
public sealed class TableVerifier(IIngestTable table, string name, IEncoder? encoder)
{
    private const int RecallQueries = 50;
    private const int RecallTop = 10;
    private const double EnoughRecall = 0.95;
    private const int MaxKeysForgotten = 20;

    /// <summary>Checks every row, and encodes some again.</summary>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">The table cannot be read, or the model cannot go on.</exception>
    public async Task<VerifyReport> VerifyAsync(VerifyOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var status = await table.ReadStatusAsync(int.MaxValue, cancellationToken);
        var rows = new RowFindings(
            table.Audit.KeepsSigns,
            table.Description.Dimension,
            encoder?.Description.Normalized ?? false,
            status.FailedRows.Select(static row => row.Key).ToHashSet(StringComparer.Ordinal),
            options.Sample)
        {
            HasMetrics = table.Description.MetricsTable is not null,
        };
        await foreach (var row in table.Audit.ReadAsync(encoder?.Description.Identity, cancellationToken))
        {
            rows.Check(row);
        }

        var encoded = encoder is null ? 0 : await EncodeAgainAsync(encoder, rows, cancellationToken);
        var recall = await MeasureRecallAsync(rows.Sample, cancellationToken);
        return new VerifyReport
        {
            Candidates = rows.Candidates,
            Vectors = rows.Vectors,
            Failed = status.Failed,
            Encoded = encoded,
            Recall = recall,
            Findings =
            [
                .. rows.Found.Select(found => Describe(found.Check, found.Count, found.Rows)),
                .. await table.Audit.CheckTablesAsync(cancellationToken),
                .. Describe(recall),
            ],
        };
    }

    private static async Task<int> EncodeAgainAsync(IEncoder encoder, RowFindings rows, CancellationToken cancellationToken)
    {
        IReadOnlyList<AuditedRow> sample = [.. rows.Sample.Concat(rows.Repeated).DistinctBy(static row => row.ShownKey)];
        var repeated = rows.Repeated.Select(static row => row.ShownKey).ToHashSet(StringComparer.Ordinal);
        using var vectors = new VectorBlock(sample.Count, encoder.Description.Dimension);
        await encoder.EncodeAsync([.. sample.Select(static row => row.Text!)], TextRole.Document, vectors, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        for (var i = 0; i < sample.Count; i++)
        {
            if (!vectors.IsEncoded(i) || !SameVector.Is(vectors.Row(i), sample[i].Vector!))
            {
                rows.Add(repeated.Contains(sample[i].ShownKey) ? "repeated" : "other-text", sample[i]);
            }
        }

        return sample.Count;
    }

    private async Task<IndexRecall?> MeasureRecallAsync(IReadOnlyList<AuditedRow> sample, CancellationToken cancellationToken)
    {
        if (table.Indexing is null || sample.Count == 0)
        {
            return null;
        }

        var queries = sample.Take(RecallQueries).Select(row => new NearestQuery(row.Vector!)
        {
            Top = RecallTop, Model = encoder?.Description.Identity, Normalized = encoder?.Description.Normalized ?? false,
        }).ToList();
        var exact = new List<IReadOnlyList<FoundRow>>();
        IndexRecall? measured = null;
        for (var candidates = NearestQuery.DefaultCandidates; candidates <= NearestQuery.MaxCandidates; candidates *= 2)
        {
            var found = await table.Search.FindAsync(queries[0] with { Candidates = candidates }, cancellationToken);
            if (found is not { Index: { } index, Setting: { } setting })
            {
                return null;
            }

            var total = 0.0;
            for (var i = 0; i < queries.Count; i++)
            {
                if (exact.Count == i)
                {
                    exact.Add((await table.Search.FindAsync(queries[i] with { Exact = true }, cancellationToken)).Rows);
                }

                total += Recall(exact[i], (await table.Search.FindAsync(queries[i] with { Candidates = candidates }, cancellationToken)).Rows);
            }

            var recall = total / queries.Count;
            measured ??= new IndexRecall(index, queries.Count, recall, setting, Enough: null);
            if (recall >= EnoughRecall)
            {
                return measured with { Enough = setting };
            }
        }

        return measured;
    }

    // By scores: rows that are equally near may stand for each other.
    private static double Recall(IReadOnlyList<FoundRow> exact, IReadOnlyList<FoundRow> found) => exact.Count == 0
        ? 1
        : (double)Math.Min(exact.Count, found.Count(row => row.Score >= exact[^1].Score - 1e-6)) / exact.Count;

    private IEnumerable<Finding> Describe(IndexRecall? recall)
    {
        if (recall is { Recall: < EnoughRecall })
        {
            var message = string.Create(
                CultureInfo.InvariantCulture,
                $"The index {recall.Index} finds {recall.Recall:P0} of the ten nearest rows with {recall.Setting}; {(recall.Enough is null ? "no setting finds 95 %: build it again" : $"{recall.Enough} finds 95 %")}.");
            yield return recall.Enough is { } enough
                ? new Finding("recall", message, 1) { Statement = $"SET {enough};" }
                : new Finding("recall", message, 1) { Statement = $"DROP INDEX {recall.Index};", Command = new Suggestion("To build it again", "index", name) };
        }
    }

    private Finding Describe(string check, long count, IReadOnlyList<AuditedRow> rows)
    {
        var message = check switch
        {
            "missing" => "Rows with text have no vector.",
            "no-metrics" => "Rows with a vector have no metrics.",
            "metrics" => "Metrics are not those of the text.",
            "dimension" => "Vectors have another dimension than the column's.",
            "not-finite" => "Vectors have a component that is not a finite number.",
            "length" => "Vectors do not have length 1.",
            "constant" => "Vectors have the same number in every component.",
            "stale" => "Vectors are of an older text: its hash is another.",
            "repeated" => "Rows with different texts have one vector, which is not that of their text.",
            _ => "Vectors are not those that the model makes of the text: they are stale, of another row, or of another model.",
        };
        var keys = count <= MaxKeysForgotten ? rows.Select(static row => row.Key).ToList() : null;
        var finding = new Finding(check, message, count) { Keys = [.. rows.Select(static row => row.ShownKey)] };
        return check switch
        {
            "missing" or "stale" => finding with { Command = new Suggestion("To make them", "run", name) },
            "no-metrics" => finding with { Command = new Suggestion("To make them", "run", name, "--metrics-only") },
            "metrics" => finding with
            {
                Statement = table.Audit.ForgetMetrics(keys), Command = new Suggestion("Then", "run", name, "--metrics-only"),
            },
            _ => finding with { Statement = table.Audit.ForgetVectors(keys), Command = new Suggestion("Then", "run", name) },
        };
    }
}
