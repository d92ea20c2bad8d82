using IngestEmbeddings.Internal;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Rows;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>
/// The fast way to write rows that are all new where they go: metrics alone, and vectors in a table beside the texts. COPY, and
/// then the question whether every row with a text is still the version that was read.
/// </summary>
/// <remarks>
/// COPY takes a third of the time of INSERT … ON CONFLICT. It is all or nothing: where a row has changed, or is there already,
/// the transaction is rolled back and the caller writes the batch the general way, row by row where it must.
/// </remarks>
internal sealed class FreshCopy
{
    private static readonly HashSet<string> KeyTypes = ["int2", "int4", "int8", "uuid", "text", "varchar"];

    private readonly ClaimScope _scope;
    private readonly IReadOnlyList<CatalogColumn> _key;
    private readonly bool _frequency;
    private readonly bool _updatedAt;
    private readonly string _copy;
    private readonly string _guard;

    private readonly string? _copyVectors;
    private readonly CatalogColumn _vector;
    private readonly string? _model;

    // Row-level security takes no COPY, and where some rows are there already, others will be: asking once is enough.
    private volatile bool _isRefused;

    private FreshCopy(TableLayout layout, ClaimScope scope, bool frequency)
    {
        var metrics = layout.Metrics;
        var key = new KeySql(layout.Key);
        _scope = scope;
        _key = metrics.Key;
        _frequency = frequency;
        _updatedAt = metrics.UpdatedAt is not null;
        CatalogColumn?[] columns =
        [
            .. metrics.Key, metrics.WordRatio, metrics.WordCount, metrics.Length, metrics.EntityCount,
            frequency ? metrics.Frequency : null, metrics.UpdatedAt,
        ];
        _vector = layout.Vector;
        if (!scope.MetricsOnly && layout.Side is { } side)
        {
            CatalogColumn[] beside = [.. side.Key, side.Model, side.TextHash, side.Vector, side.UpdatedAt];
            _model = side.ModelName;
            _copyVectors = $"COPY {side.Table.Sql} ({string.Join(", ", beside.Select(column => column.Sql))}) FROM STDIN (FORMAT binary)";
        }

        _copy = $"COPY {metrics.Table.Sql} ({string.Join(", ", columns.OfType<CatalogColumn>().Select(column => column.Sql))}) FROM STDIN (FORMAT binary)";
        _guard = $"""
            SELECT count(*) FROM unnest({string.Join(", ", Enumerable.Range(2, key.Count).Select(number => "$" + number))}, $1) AS u({key.Sent}, version)
            JOIN {layout.Table.Sql} AS t ON {key.EqualsSent}
            WHERE {WriteGuards.Unchanged("u.version")}{(scope.MetricsOnly ? $" AND {VectorSql.Present(layout)}" : "")}
            """;
    }

    /// <summary>The fast way for a run, or null where a column's type is one that a user has chosen.</summary>
    public static FreshCopy? TryCreate(TableLayout layout, ClaimScope scope, bool frequency)
    {
        var metrics = layout.Metrics;
        var fits = (scope.MetricsOnly || layout is { Side.ModelName: not null, RemadeSince: null })
            && metrics.WordRatio.TypeName == "float4"
            && new[] { metrics.WordCount, metrics.Length, metrics.EntityCount, metrics.Frequency }.All(column => column.TypeName == "int4")
            && metrics.UpdatedAt is null or { TypeName: "timestamptz" }
            && metrics.Key.Select(column => column.TypeName).SequenceEqual(layout.Key.Select(column => column.TypeName))
            && (layout.Side is not { } side || (side.Model.TypeName == "text" && side.UpdatedAt.TypeName == "timestamptz"
                && side.Key.Select(column => column.TypeName).SequenceEqual(layout.Key.Select(column => column.TypeName))))
            && metrics.Key.All(column => KeyTypes.Contains(column.TypeName));
        return fits ? new FreshCopy(layout, scope, frequency) : null;
    }

    /// <summary>Writes the batch in one transaction.</summary>
    /// <returns>False: nothing was written, and the general way must find out why.</returns>
    public async Task<bool> TryWriteAsync(
        NpgsqlConnection connection, RowBatch batch, PendingWrite write, CancellationToken cancellationToken)
    {
        if (_isRefused || batch.Failures.Count > 0)
        {
            return false;
        }

        var window = (PostgresWindow)batch.Window;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = await MoveFenceAsync(connection, batch, window, write, cancellationToken);
        if (now is null || !await TryCopyAsync(() => CopyAllAsync(connection, batch, window, now.Value, cancellationToken))
            || await CountUnchangedAsync(connection, batch, window, cancellationToken) != batch.Rows.Count)
        {
            return false;
        }

        write.Rows = batch.Rows.Count;
        await Failpoint.ReachAsync("before_commit");
        await transaction.CommitAsync(cancellationToken);
        await Failpoint.ReachAsync("after_commit");
        return true;
    }

    private Task<DateTime?> MoveFenceAsync(
        NpgsqlConnection connection, RowBatch batch, PostgresWindow window, PendingWrite write, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                WriteStatements.MoveFence,
                Statements.Value(_scope.RunId),
                Statements.Value(window.Claim.Number),
                Statements.Value(window.Claim.Nonce),
                Statements.Value(window.Claim.Fence),
                Statements.Value(_scope.Lease),
                Statements.Key(batch.CompletesWindow ? window.Key(window.Count - 1) : null),
                Statements.Value(write.Id)),
            static row => (DateTime?)row.GetDateTime(1),
            cancellationToken);

    private async Task<bool> TryCopyAsync(Func<Task> copy)
    {
        try
        {
            await copy();
            return true;
        }
        catch (PostgresException refused) when (
            refused.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.FeatureNotSupported)
        {
            _isRefused = true;
            return false;
        }
    }

    private async Task CopyAllAsync(
        NpgsqlConnection connection, RowBatch batch, PostgresWindow window, DateTime now, CancellationToken cancellationToken)
    {
        if (_copyVectors is not null)
        {
            var bytes = new VectorBytes(_vector);
            await using var vectors = await connection.BeginBinaryImportAsync(_copyVectors, cancellationToken);
            for (var i = 0; i < batch.Rows.Count; i++)
            {
                await StartRowAsync(vectors, window, batch.Rows[i], cancellationToken);
                await vectors.WriteAsync(_model!, cancellationToken);
                await vectors.WriteAsync(window.TextHashes![batch.Rows[i]], cancellationToken);
                await vectors.WriteAsync(bytes.Encode(batch.Vectors![i].Span), NpgsqlDbType.Bytea, cancellationToken);
                await vectors.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
            }

            await vectors.CompleteAsync(cancellationToken);
        }

        await using var metrics = await connection.BeginBinaryImportAsync(_copy, cancellationToken);
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            await StartRowAsync(metrics, window, batch.Rows[i], cancellationToken);
            await CopyAsync(metrics, batch.Metrics[i], cancellationToken);
            if (_updatedAt)
            {
                await metrics.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellationToken);
            }
        }

        await metrics.CompleteAsync(cancellationToken);
    }

    private async Task StartRowAsync(NpgsqlBinaryImporter copy, PostgresWindow window, int row, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        for (var column = 0; column < _key.Count; column++)
        {
            await window.Keys[column].CopyAsync(copy, row, _key[column], cancellationToken);
        }
    }

    private async Task CopyAsync(NpgsqlBinaryImporter copy, TextMetrics metrics, CancellationToken cancellationToken)
    {
        await copy.WriteAsync(metrics.WordRatio, cancellationToken);
        await copy.WriteAsync(metrics.WordCount, cancellationToken);
        await copy.WriteAsync(metrics.Length, cancellationToken);
        await copy.WriteAsync(metrics.EntityCount, cancellationToken);
        if (_frequency)
        {
            await copy.WriteAsync(metrics.Frequency, cancellationToken);
        }
    }

    private Task<long> CountUnchangedAsync(
        NpgsqlConnection connection, RowBatch batch, PostgresWindow window, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] parameters =
        [
            BatchWriter.Versions(batch.Rows.Select(row => window.Versions[row])),
            .. window.Keys.Select(column => column.Send(batch.Rows)),
        ];
        return Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(_guard, parameters),
            static row => row.GetInt64(0),
            cancellationToken);
    }
}
