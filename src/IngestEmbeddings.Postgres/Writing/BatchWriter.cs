using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Postgres.Wire;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>Writes one batch in one transaction of two round trips: everything, then the commit.</summary>
internal sealed class BatchWriter(RunScope scope, bool frequency)
{
    private readonly WriteStatements _statements = new(scope.Target, scope.Options.Guards, frequency);
    private readonly NewRowCopy? _copy = NewRowCopy.TryCreate(scope, frequency);

    // Where some rows have metrics already, others will: finding out once is enough.
    private volatile bool _haveMetrics = scope.Target.Vectors.ReplacedSince is not null;

    /// <summary>Writes the batch, or finds that an earlier try has.</summary>
    /// <param name="connection">The connection, without a transaction.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="write">Names this write over all tries.</param>
    /// <param name="cancellationToken">A token to cancel the operation; the transaction is rolled back.</param>
    /// <returns>How many rows were written.</returns>
    /// <exception cref="ClaimLostException">The fence has moved; nothing was written.</exception>
    public async Task<int> WriteAsync(
        NpgsqlConnection connection, RowBatch batch, PendingWrite write, CancellationToken cancellationToken)
    {
        if (_copy is not null && await _copy.TryWriteAsync(connection, batch, write, cancellationToken))
        {
            return batch.Rows.Count;
        }

        if (_statements.WriteNew is { } writeNew && !_haveMetrics)
        {
            try
            {
                return await WriteAsync(connection, writeNew, batch, write, cancellationToken);
            }
            catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                _haveMetrics = true;
            }
        }

        return await WriteAsync(connection, _statements.Write, batch, write, cancellationToken);
    }

    private async Task<int> WriteAsync(
        NpgsqlConnection connection, string sql, RowBatch batch, PendingWrite write, CancellationToken cancellationToken)
    {
        var window = (PostgresWindow)batch.Window;
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var (isOurs, rows) = await Statements.FirstAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(sql, [.. Parameters(batch, window, write.Id)]),
                static row => (row.GetInt64(0) == 1, (int)row.GetInt64(1)),
                cancellationToken);
            if (isOurs)
            {
                if (batch.Failures.Count > 0)
                {
                    await FailAsync(connection, window, batch.Failures, cancellationToken);
                }

                write.Rows = rows;
                await scope.Options.Failpoints.ReachAsync("before_commit");
                await transaction.CommitAsync(cancellationToken);
                await scope.Options.Failpoints.ReachAsync("after_commit");
                return rows;
            }
        }

        var wasCommitted = write.Rows is not null && await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                KeyRangeSql.WasWritten, Statements.Value(scope.RunId), Statements.Value(window.Claim.Number), Statements.Value(write.Id)),
            static row => row.GetBoolean(0),
            cancellationToken);
        return wasCommitted ? write.Rows!.Value : throw new ClaimLostException(
            $"Key range {window.Claim.Number} was taken over by another worker, because this one did not renew its lease in time.");
    }

    private static NpgsqlParameter Array<T>(IEnumerable<T> values) => Statements.Value(values.ToArray());

    private IEnumerable<NpgsqlParameter> Parameters(RowBatch batch, PostgresWindow window, Guid write)
    {
        var claim = window.Claim;
        var rows = batch.Rows;
        yield return Statements.Value(scope.RunId);
        yield return Statements.Value(claim.Number);
        yield return Statements.Value(claim.Nonce);
        yield return Statements.Value(claim.Fence);
        yield return Statements.Value(scope.Options.Lease);
        yield return Statements.Key(batch.CompletesWindow ? window.Key(window.Count - 1) : null);
        yield return Statements.Value(write);
        yield return Statements.Versions(rows.Select(row => window.Versions[row]));
        yield return Measure(batch.Metrics, metric => metric.WordRatio);
        yield return Measure(batch.Metrics, metric => metric.WordCount);
        yield return Measure(batch.Metrics, metric => metric.Length);
        yield return Measure(batch.Metrics, metric => metric.EntityCount);
        yield return Measure(batch.Metrics, metric => metric.Frequency);
        foreach (var column in window.Keys)
        {
            yield return column.Send(rows);
        }

        if (scope.Target.SendsVectors)
        {
            yield return VectorValues.Create(scope.Target.Vectors.Column, batch.Vectors!);
        }
    }

    private static NpgsqlParameter Measure<T>(IReadOnlyList<TextMetrics> metrics, Func<TextMetrics, T> measure) =>
        Array(metrics.Select(measure));

    private Task<int> FailAsync(
        NpgsqlConnection connection, PostgresWindow window, IReadOnlyList<RowFailure> failures, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] parameters =
        [
            Statements.Value(scope.RunId),
            Statements.Value(scope.Target.Destination),
            Statements.Versions(failures.Select(failure => window.Versions[failure.Row])),
            Array(failures.Select(failure => failure.Stage)),
            // The server's text type has no NUL character.
            Array(failures.Select(failure => failure.Reason.Replace("\0", "", StringComparison.Ordinal))),
            .. window.Keys.Select(column => column.Send([.. failures.Select(failure => failure.Row)])),
        ];
        return Statements.ExecuteAsync(
            connection, LocalSettings.Short, Statements.Command(_statements.Fail, parameters), cancellationToken);
    }
}

/// <summary>A write over all its tries.</summary>
internal sealed class PendingWrite
{
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>How many rows the last try wrote that came as far as its commit; null when none did.</summary>
    public int? Rows { get; set; }
}
