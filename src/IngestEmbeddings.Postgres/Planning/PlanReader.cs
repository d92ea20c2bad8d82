using System.Globalization;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Npgsql;

namespace IngestEmbeddings.Postgres.Planning;

/// <summary>Reads what a run would do to a table, and what it needs. Writes nothing and takes no lock.</summary>
internal sealed class PlanReader(VectorTarget vectors, PlanRequest request)
{
    // Connections of superusers are kept free; a limit of the role or the database may be lower than the server's.
    private const string FindConnections = """
        SELECT least(
            current_setting('max_connections')::int8 - current_setting('superuser_reserved_connections')::int8
                - (SELECT count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.backend_type = 'client backend'),
            (SELECT CASE WHEN r.rolconnlimit < 0 THEN 1000000 ELSE r.rolconnlimit - (SELECT count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.usesysid = r.oid) END
             FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user),
            (SELECT CASE WHEN d.datconnlimit < 0 THEN 1000000 ELSE d.datconnlimit - (SELECT count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.datid = d.oid) END
             FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()))
        """;

    private const string FindOtherRun = $"""
        SELECT r.model FROM ingest_embeddings.run r
        WHERE r.destination = $1 AND r.finished_at IS NULL AND r.fingerprint <> $2 AND {KeyRangeSql.AnyHeld}
        """;

    private const string MayCreateState = """
        SELECT CASE WHEN NOT has_database_privilege(current_database(), 'CREATE') AND to_regnamespace('ingest_embeddings') IS NULL
            THEN format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user) ELSE '' END
        """;

    // A statistic below zero is a share of the rows.
    private const string FindDistinct = """
        SELECT CASE WHEN s.n_distinct < 0 THEN -s.n_distinct ELSE s.n_distinct / $3 END::float8
        FROM pg_catalog.pg_stats AS s WHERE s.schemaname = $1 AND s.tablename = $2 AND s.attname = $4
        """;

    private readonly List<string> _refusals = [];

    private RunTarget Target => RunTarget.Of(request.Work, vectors);

    public async Task<TablePlan> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (request.SamplesOnly)
        {
            var about = await RowEstimate.SizeAsync(connection, vectors, cancellationToken);
            var (keysAlone, textsAlone) = await SampleAsync(connection, isRecorded: false, about, cancellationToken);
            return new TablePlan { Pending = 0, Sample = textsAlone, SampleKeys = keysAlone };
        }

        var isRecorded = await CheckAsync(connection, cancellationToken);
        var size = await RowEstimate.SizeAsync(connection, vectors, cancellationToken);
        var (pending, changed) = await CountAsync(connection, isRecorded, size, cancellationToken);
        var (keys, texts) = await SampleAsync(connection, isRecorded, size, cancellationToken);
        return new TablePlan
        {
            IsExact = size is null,
            Pending = pending,
            Changed = changed,
            Failed = isRecorded ? await RowCounts.FailedAsync(connection, Target.Destination, cancellationToken) : 0,
            Gone = size is null ? await new RowPruner(vectors).CountAsync(connection, cancellationToken) : 0,
            Repeated = await RepeatedAsync(connection, isRecorded, size, pending, cancellationToken),
            Sample = texts,
            SampleKeys = keys,
            Growth = await new GrowthEstimate(Target).ReadAsync(connection, cancellationToken),
            ConnectionsNeeded = request.Workers + 1,
            ConnectionsFree = await FirstAsync(connection, FindConnections, static row => row.GetInt64(0), cancellationToken),
            Refusals = _refusals,
        };
    }

    private static Task<T?> FirstAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        Statements.FirstAsync(connection, LocalSettings.Long, Statements.Command(sql, parameters), read, cancellationToken);

    /// <summary>Collects every reason for which the run would be refused.</summary>
    /// <returns>True when the state schema is there.</returns>
    private async Task<bool> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var isRecorded = false;
        await TryAsync(async () => isRecorded = await StateSchema.ExistsAsync(connection, cancellationToken));
        await TryAsync(() => TableRights.CheckAsync(connection, Target, cancellationToken));
        await TryAsync(() => KeyText.CheckAsync(connection, vectors.Layout, cancellationToken));
        if (isRecorded)
        {
            await TryAsync(() => StateRights.CheckAsync(connection, cancellationToken));
        }
        else if (await FirstAsync(connection, MayCreateState, static row => row.GetString(0), cancellationToken) is { Length: > 0 } grant)
        {
            _refusals.Add($"The tool keeps its state in the schema ingest_embeddings, which this role may not create. Ask the owner of the database for: {grant}");
        }

        if (request.Work is EmbedWork { Encoder: { } encoder } embed)
        {
            await TryAsync(() => new SpaceRegistry(vectors, EventChannel.None).PreviewAsync(connection, encoder, embed.Replace, isRecorded, cancellationToken));
            if (isRecorded && !request.Supersede && await OtherRunAsync(connection, encoder.Fingerprint, cancellationToken) is { } other)
            {
                _refusals.Add($"A run over {Target.Destination} is under way with model {other}. Wait for its end, or end it: --supersede.");
            }
        }

        if (request.Work is EmbedWork { Changed: ChangedTexts.Only } && vectors.Layout.ChangesUnnoticed is { } unnoticed)
        {
            _refusals.Add($"No changed text of {unnoticed.Table} can be found: {unnoticed.Reason}.");
        }

        if (Remakes && vectors.Layout.Metrics.UpdatedAt is null && (request.Work is MeasureWork || !vectors.CanReplace))
        {
            _refusals.Add(vectors.Layout.Metrics.IsNone ? MetricsLayout.NoTime : $"Table {vectors.Layout.Metrics.Table.FullName} has no column updated_at, which tells the rows that are done again from the others. Add it (timestamptz).");
        }

        return isRecorded;
    }

    private bool Remakes => request.Work is EmbedWork { Replace: true } or MeasureWork { Recompute: true };

    private Task<string?> OtherRunAsync(NpgsqlConnection connection, string fingerprint, CancellationToken cancellationToken) => FirstAsync(
        connection, FindOtherRun, static row => row.GetString(0), cancellationToken, Statements.Value(Target.Destination), Statements.Value(fingerprint));

    private async Task TryAsync(Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (IngestException refusal)
        {
            _refusals.Add(refusal.Message);
        }
    }

    private async Task<(long Pending, long Changed)> CountAsync(
        NpgsqlConnection connection, bool isRecorded, double? size, CancellationToken cancellationToken)
    {
        if (Remakes || request.Work is not EmbedWork { Changed: ChangedTexts.Included })
        {
            var counted = await CountAsync(connection, Pending(isRecorded), isRecorded, size, cancellationToken);
            return (counted, 0);
        }

        var state = size is { } about
            ? await RowEstimate.EstimateAsync(connection, vectors, isRecorded, about, cancellationToken)
            : await RowEstimate.CountAsync(connection, vectors, isRecorded, cancellationToken);
        return (state.Pending, state.Changed);
    }

    private async Task<long> CountAsync(NpgsqlConnection connection, string pending, bool isRecorded, double? size, CancellationToken cancellationToken)
    {
        var (all, matching) = await FirstAsync(
            connection,
            $"SELECT count(*), count(*) FILTER (WHERE {pending}) FROM {Rows(size)}",
            static row => (row.GetInt64(0), row.GetInt64(1)),
            cancellationToken,
            Parameters(connection, isRecorded));
        return size is { } about ? (long)Math.Round(matching * about / Math.Max(1, all)) : matching;
    }

    // A run that makes everything again has every row with text to do that it has not done since it began.
    private string Pending(bool isRecorded) => Remakes
        ? PendingSql.Workable(vectors.Layout, isRecorded ? "$2" : null, "$1") + (request.Work is MeasureWork ? $" AND {vectors.Present}" : "")
        : Target.Pending(isRecorded ? "$2" : null, "$1");

    private string Rows(double? size) => $"{vectors.Layout.Table.Sql} AS t {(size is { } about ? RowEstimate.Sample(about) : "")}";

    private NpgsqlParameter[] Parameters(NpgsqlConnection connection, bool isRecorded) => isRecorded
        ? [PendingSql.Blank(connection), Statements.Value(Target.Destination)]
        : [PendingSql.Blank(connection)];

    // Texts of a sample repeat each other less than those of the table do, so a large table's own statistics tell.
    private async Task<long?> RepeatedAsync(NpgsqlConnection connection, bool isRecorded, double? size, long pending, CancellationToken cancellationToken)
    {
        if (size is { } about)
        {
            var share = await FirstAsync(
                connection,
                FindDistinct,
                static row => (double?)row.GetDouble(0),
                cancellationToken,
                Statements.Value(vectors.Layout.Table.Schema),
                Statements.Value(vectors.Layout.Table.Name),
                Statements.Value(about),
                Statements.Value(vectors.Layout.Text.Name));
            return share is { } distinct ? (long)(pending * Math.Clamp(1 - distinct, 0, 1)) : null;
        }

        return await FirstAsync(
            connection,
            $"SELECT count(*) - count(DISTINCT {PendingSql.TextHash(vectors.Layout)}) FROM {Rows(size)} WHERE {Pending(isRecorded)}",
            static row => (long?)row.GetInt64(0),
            cancellationToken,
            Parameters(connection, isRecorded));
    }

    private async Task<(IReadOnlyList<string> Keys, IReadOnlyList<string> Texts)> SampleAsync(
        NpgsqlConnection connection, bool isRecorded, double? size, CancellationToken cancellationToken)
    {
        var key = new KeySql(vectors.Layout.Key);
        // A run with a limit does the first rows in key order.
        var source = request.Limit is { } limit
            ? $"(SELECT t.* FROM {vectors.Layout.Table.Sql} AS t WHERE {Pending(isRecorded)} ORDER BY {key.Columns} LIMIT {limit.ToString(CultureInfo.InvariantCulture)}) AS t"
            : $"{Rows(size)} WHERE {Pending(isRecorded)}";
        var rows = await Statements.ListAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(
                $"SELECT {LongTexts.Read(vectors.Layout)}, {key.AsShown} FROM {source} ORDER BY pg_catalog.random() LIMIT {request.SampleRows.ToString(CultureInfo.InvariantCulture)}",
                Parameters(connection, isRecorded)),
            static row => (Text: row.GetString(0), Key: row.GetString(1)),
            cancellationToken);
        var cut = 0;
        return ([.. rows.Select(static row => row.Key)], [.. rows.Select(row => TextLimits.Cut(row.Text, ref cut))]);
    }
}
