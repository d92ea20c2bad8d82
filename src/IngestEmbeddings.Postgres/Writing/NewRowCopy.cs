using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Wire;
using IngestEmbeddings.Rows;
using Npgsql;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>
/// The fast way to write rows that are new where they go: metrics alone, and vectors in a separate table. COPY, and then the
/// check that every row with a text is still the version that was read.
/// </summary>
/// <remarks>
/// <para>
/// COPY takes a third of the time of INSERT … ON CONFLICT. It is all or nothing: where a row has changed, or is there already, the
/// transaction is rolled back and the caller writes the batch the general way.
/// </para>
/// <para>
/// If the row at a <c>ctid</c> has an <c>xmin</c> from the batch's snapshot and the table was not rewritten, it is unchanged. A
/// <c>ctid</c> identifies a row in one table only: for partitioned tables the check reads the range of keys of the metrics that this
/// transaction wrote, which takes half as long again.
/// </para>
/// </remarks>
internal sealed class NewRowCopy
{
    private static readonly HashSet<string> KeyTypes = ["int2", "int4", "int8", "uuid", "text", "varchar"];

    private readonly RunScope _scope;
    private readonly IReadOnlyList<CatalogColumn> _key;
    private readonly bool _frequency;
    private readonly bool _textHash;
    private readonly bool _updatedAt;
    private readonly string _copyMetrics;
    private readonly string? _copyVectors;
    private readonly string _guardByPlace;
    private readonly string _guardByRange;
    private readonly string _advance;

    // Row-level security takes no COPY, and where some rows are there already, others will be: finding out once is enough.
    private volatile bool _isRefused;

    private NewRowCopy(RunScope scope, bool frequency)
    {
        var layout = scope.Target.Layout;
        var metrics = layout.Metrics;
        var guards = scope.Options.Guards;
        var key = new KeySql(layout.Key);
        var metricsKey = new KeySql(metrics.Key);
        _scope = scope;
        _key = metrics.Key;
        _frequency = frequency;
        _textHash = metrics.TextHash is not null;
        _updatedAt = metrics.UpdatedAt is not null;
        _copyMetrics = Copy(
            metrics.Table,
            [
                .. metrics.Key, metrics.WordRatio, metrics.WordCount, metrics.Length, metrics.EntityCount,
                frequency ? metrics.Frequency : null, metrics.TextHash, metrics.UpdatedAt,
            ]);
        _copyVectors = scope.Target.SideTable?.Side is { } side
            ? Copy(side.Table, [.. side.Key, side.Model, side.TextHash, side.Vector, side.UpdatedAt])
            : null;

        _advance = KeyRangeSql.Advance(guards);
        var more = scope.Target.Guard is { } guard ? $" AND {guard}" : "";
        _guardByPlace = $"SELECT count(*) FROM (SELECT FROM ONLY {layout.Table.Sql} AS t WHERE {guards.Untouched(layout.Table, "$1", "$2")}{more}{scope.Target.RowLock}) AS kept";
        _guardByRange = $"""
            SELECT count(*) FROM (SELECT FROM {layout.Table.Sql} AS t JOIN {metrics.Table.Sql} AS m ON {PendingSql.MetricsOf(layout)}
            WHERE {key.From("t", "$1")} AND {key.UpTo("t", "$2")} AND {metricsKey.From("m", "$1")} AND {metricsKey.UpTo("m", "$2")}
              AND m.xmin = pg_current_xact_id()::xid AND {guards.UnchangedSince("$3")}{more}{scope.Target.RowLock}) AS kept
            """;
    }

    /// <summary>The fast way for a run, or null where a column has a type that COPY is not written for, or there are no metrics.</summary>
    public static NewRowCopy? TryCreate(RunScope scope, bool frequency)
    {
        var layout = scope.Target.Layout;
        var metrics = layout.Metrics;
        var fits = scope.Target.CanCopy
            && !metrics.IsNone
            && metrics.WordRatio.TypeName == "float4"
            && new[] { metrics.WordCount, metrics.Length, metrics.EntityCount, metrics.Frequency }.All(column => column.TypeName == "int4")
            && metrics.UpdatedAt is null or { TypeName: "timestamptz" }
            && HasSameTypes(metrics.Key)
            && (scope.Target.SideTable?.Side is not { } side
                || (side.Model.TypeName == "text" && side.UpdatedAt.TypeName == "timestamptz" && HasSameTypes(side.Key)))
            && metrics.Key.All(column => KeyTypes.Contains(column.TypeName));
        return fits ? new NewRowCopy(scope, frequency) : null;

        bool HasSameTypes(IEnumerable<CatalogColumn> key) =>
            key.Select(column => column.TypeName).SequenceEqual(layout.Key.Select(column => column.TypeName));
    }

    /// <summary>Writes the batch in one transaction.</summary>
    /// <returns>False: nothing was written, and the general way finds out why.</returns>
    public async Task<bool> TryWriteAsync(
        NpgsqlConnection connection, RowBatch batch, PendingWrite write, CancellationToken cancellationToken)
    {
        if (_isRefused || batch.Failures.Count > 0)
        {
            return false;
        }

        var window = (PostgresWindow)batch.Window;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = await AdvanceAsync(connection, batch, window, write, cancellationToken);
        if (now is null || !await TryCopyAsync(() => CopyAllAsync(connection, batch, window, now.Value, cancellationToken))
            || await CountUnchangedAsync(connection, batch, window, cancellationToken) != batch.Rows.Count)
        {
            return false;
        }

        write.Rows = batch.Rows.Count;
        await _scope.Options.Failpoints.ReachAsync("before_commit");
        await transaction.CommitAsync(cancellationToken);
        await _scope.Options.Failpoints.ReachAsync("after_commit");
        return true;
    }

    private static string Copy(CatalogTable table, IEnumerable<CatalogColumn?> columns) =>
        $"COPY {table.Sql} ({string.Join(", ", columns.OfType<CatalogColumn>().Select(column => column.Sql))}) FROM STDIN (FORMAT binary)";

    private Task<DateTime?> AdvanceAsync(
        NpgsqlConnection connection, RowBatch batch, PostgresWindow window, PendingWrite write, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Write,
            Statements.Command(
                _advance,
                Statements.Value(_scope.RunId),
                Statements.Value(window.Claim.Number),
                Statements.Value(window.Claim.Nonce),
                Statements.Value(window.Claim.Fence),
                Statements.Value(_scope.Options.Lease),
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
            await CopyPayload.SendAsync(
                connection, _copyVectors, batch.Rows.Count, (payload, i) => AddVector(payload, batch, window, i, now), cancellationToken);
        }

        await CopyPayload.SendAsync(
            connection, _copyMetrics, batch.Rows.Count, (payload, i) => AddMetrics(payload, batch, window, i, now), cancellationToken);
    }

    private void AddVector(CopyPayload payload, RowBatch batch, PostgresWindow window, int i, DateTime now)
    {
        payload.StartRow(_key.Count + 4);
        AddKey(payload, window, batch.Rows[i]);
        payload.Add(_scope.Target.SideTable!.Model!);
        payload.Add(window.TextHashes![batch.Rows[i]]);
        VectorValues.AddTo(payload, batch.Vectors![i].Span, _scope.Target.Vectors.Column);
        payload.Add(now);
    }

    private void AddMetrics(CopyPayload payload, RowBatch batch, PostgresWindow window, int i, DateTime now)
    {
        var metrics = batch.Metrics[i];
        payload.StartRow(_key.Count + 4 + (_frequency ? 1 : 0) + (_textHash ? 1 : 0) + (_updatedAt ? 1 : 0));
        AddKey(payload, window, batch.Rows[i]);
        payload.Add(metrics.WordRatio);
        payload.Add(metrics.WordCount);
        payload.Add(metrics.Length);
        payload.Add(metrics.EntityCount);
        if (_frequency)
        {
            payload.Add(metrics.Frequency);
        }

        if (_textHash)
        {
            payload.Add(window.TextHashes![batch.Rows[i]]);
        }

        if (_updatedAt)
        {
            payload.Add(now);
        }
    }

    private void AddKey(CopyPayload payload, PostgresWindow window, int row)
    {
        for (var column = 0; column < _key.Count; column++)
        {
            window.Keys[column].AddTo(payload, row, _key[column]);
        }
    }

    private Task<long> CountUnchangedAsync(
        NpgsqlConnection connection, RowBatch batch, PostgresWindow window, CancellationToken cancellationToken)
    {
        var versions = Statements.Versions(batch.Rows.Select(row => window.Versions[row]).Distinct());
        var (settings, guard) = window.Places is { } places
            ? (LocalSettings.Write, Statements.Command(_guardByPlace, Statements.Value(batch.Rows.Select(row => places[row]).ToArray()), versions))
            : (LocalSettings.WriteByRange, Statements.Command(
                _guardByRange, Statements.Key(window.Key(batch.Rows[0])), Statements.Key(window.Key(batch.Rows[^1])), versions));
        return Statements.FirstAsync(connection, settings, guard, static row => row.GetInt64(0), cancellationToken);
    }
}
