using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Reading;
using IngestEmbeddings.Postgres.Wire;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Npgsql;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>Writes one batch in one transaction of two round trips: everything, then the commit.</summary>
internal sealed class BatchWriter(RunScope scope, bool frequency)
{
    private volatile WriteStatements _statements = new(scope.Target, scope.Options.Guards, frequency);
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

        try
        {
            return await WriteAsync(connection, _statements, batch, write, cancellationToken);
        }
        catch (TriggerAppearedException)
        {
            // From now on texts are compared; the trigger is looked for in the transaction that fires it, so that none is missed.
            _statements = new WriteStatements(
                scope.Target with { Vectors = scope.Target.Vectors.WithRowTriggers(true) }, scope.Options.Guards, frequency);
            return await WriteAsync(connection, _statements, batch, write, cancellationToken);
        }
    }

    private async Task<int> WriteAsync(
        NpgsqlConnection connection, WriteStatements statements, RowBatch batch, PendingWrite write, CancellationToken cancellationToken)
    {
        if (statements.WriteNew is { } writeNew && !_haveMetrics)
        {
            try
            {
                return await WriteAsync(connection, statements, writeNew, batch, write, cancellationToken);
            }
            catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                _haveMetrics = true;
            }
        }

        return await WriteAsync(connection, statements, statements.Write, batch, write, cancellationToken);
    }

    private async Task<int> WriteAsync(
        NpgsqlConnection connection, WriteStatements statements, string sql, RowBatch batch, PendingWrite write, CancellationToken cancellationToken)
    {
        var window = (PostgresWindow)batch.Window;
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            var written = await ExecuteAsync(connection, sql, [.. Parameters(statements, batch, Versions(batch), write.Id)], cancellationToken);
            if (written.IsOurs)
            {
                var rows = written.Rows;
                if (written.Places is { } places && Rest(batch, places) is { Rows.Count: > 0 } rest)
                {
                    rows += (await ExecuteAsync(
                        connection, statements.WriteSameTexts, [.. Parameters(statements, rest, Array(Texts(rest)), write.Id)], cancellationToken)).Rows;
                }

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
            LocalSettings.Write,
            Statements.Command(
                KeyRangeSql.WasWritten, Statements.Value(scope.RunId), Statements.Value(window.Claim.Number), Statements.Value(write.Id)),
            static row => row.GetBoolean(0),
            cancellationToken);
        return wasCommitted ? write.Rows!.Value : throw new ClaimLostException(
            $"Key range {window.Claim.Number} was taken over by another worker, because this one did not renew its lease in time.");
    }

    private static NpgsqlParameter Array<T>(IEnumerable<T> values) => Statements.Value(values.ToArray());

    private static NpgsqlParameter Versions(RowBatch batch) =>
        Statements.Versions(batch.Rows.Select(row => ((PostgresWindow)batch.Window).Versions[row]));

    private static IEnumerable<string> Texts(RowBatch batch) => batch.Rows.Select(row => batch.Window.Texts[row]);

    // The rows that were not written in the version that was read. Of a text that was cut the whole is not known here.
    private static RowBatch Rest(RowBatch batch, int[] places)
    {
        var written = places.ToHashSet();
        var rest = Enumerable.Range(0, batch.Rows.Count)
            .Where(index => !written.Contains(index + 1) && batch.Window.Texts[batch.Rows[index]].Length < TextLimits.MaxCharacters)
            .ToList();
        return new RowBatch
        {
            Window = batch.Window,
            Rows = [.. rest.Select(index => batch.Rows[index])],
            Metrics = [.. rest.Select(index => batch.Metrics[index])],
            Vectors = batch.Vectors is { } vectors ? [.. rest.Select(index => vectors[index])] : null,
            CompletesWindow = batch.CompletesWindow,
        };
    }

    private static async Task<Written> ExecuteAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        var written = await Statements.FirstAsync(
            connection,
            LocalSettings.Write,
            Statements.Command(sql, parameters),
            static row => new Written(
                row.GetInt64(0) == 1, (int)row.GetInt64(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetFieldValue<int[]>(3), row.GetBoolean(4)),
            cancellationToken);
        if (written!.HasNewTrigger)
        {
            throw new TriggerAppearedException();
        }

        return written is { Refused: 0 }
            ? written
            : throw new RowRefusedException("a trigger of the table changes the text while the vector is written, so that the vector would not be its");
    }

    private IEnumerable<NpgsqlParameter> Parameters(WriteStatements statements, RowBatch batch, NpgsqlParameter guard, Guid write)
    {
        var window = (PostgresWindow)batch.Window;
        var claim = window.Claim;
        var rows = batch.Rows;
        yield return Statements.Value(scope.RunId);
        yield return Statements.Value(claim.Number);
        yield return Statements.Value(claim.Nonce);
        yield return Statements.Value(claim.Fence);
        yield return Statements.Value(scope.Options.Lease);
        yield return Statements.Key(batch.CompletesWindow ? window.Key(window.Count - 1) : null);
        yield return Statements.Value(write);
        yield return guard;
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

        if (statements.ComparesTexts)
        {
            yield return Array(Texts(batch).Select(static text => text.Length < TextLimits.MaxCharacters ? text : null));
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
            Statements.Value(scope.Shape),
        ];
        return Statements.ExecuteAsync(
            connection, LocalSettings.Write, Statements.Command(_statements.Fail, parameters), cancellationToken);
    }
}

/// <summary>What a statement has written.</summary>
/// <param name="IsOurs">False where another worker has the key range.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Refused">Rows among them that were stored with another text.</param>
/// <param name="Places">The places in the batch, from 1, of the rows written; null when all were.</param>
/// <param name="HasNewTrigger">True when the table has a trigger that it had not when the run was joined, and texts were not compared.</param>
internal sealed record Written(bool IsOurs, int Rows, long Refused, int[]? Places, bool HasNewTrigger);

/// <summary>The table has a trigger now that may change texts while vectors are written; nothing was committed.</summary>
internal sealed class TriggerAppearedException : Exception;

/// <summary>A write over all its tries.</summary>
internal sealed class PendingWrite
{
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>How many rows the last try wrote that came as far as its commit; null when none did.</summary>
    public int? Rows { get; set; }
}
