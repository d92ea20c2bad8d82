using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>Tells rows that the server refuses from a table that refuses every row. Used by one worker.</summary>
internal sealed class Refusals(RunScope scope, RetryingConnection connection)
{
    // Refusals one after the other, with no row written in between, after which the table is at fault.
    private const int MaxInARow = 16;

    private readonly List<string[]> _inARow = [];

    /// <summary>True when the fault concerns the values of a row; a column of the tool's own tables that takes no NULL concerns all.</summary>
    public bool IsOfRow(PostgresFault fault) => fault.Kind == FaultKind.Data
        || (fault.SqlState == PostgresErrorCodes.NotNullViolation
            && fault.Server?.TableName is { } table && table != scope.Target.Layout.Metrics.Table.Name && table != scope.Target.Vectors.Table.Name);

    /// <summary>Rows were written, so that the table takes some.</summary>
    public void Written(int rows)
    {
        if (rows > 0)
        {
            _inARow.Clear();
        }
    }

    /// <summary>A row was refused by itself, and is recorded as failed next.</summary>
    /// <exception cref="IngestException">So were all rows for long: the rows are pending again.</exception>
    public async Task AddAsync(PostgresFault fault, string[] key, CancellationToken cancellationToken)
    {
        _inARow.Add(key);
        if (_inARow.Count < MaxInARow)
        {
            return;
        }

        await connection.RunAsync(
            (open, _, token) => Statements.ExecuteAsync(
                open,
                LocalSettings.Short,
                Statements.Command(
                    FailedRowSql.ForgetSome(scope.Target.Layout.Key.Count),
                    [Statements.Value(scope.Target.Destination), .. Enumerable.Range(0, key.Length).Select(index => Statements.Value(_inARow.Select(one => one[index]).ToArray()))]),
                token),
            cancellationToken);
        throw new IngestException(
            IngestError.Configuration,
            $"{scope.Target.Layout.Table.FullName} refuses every row: {fault.RefusalReason}. Look at its constraints and triggers{(scope.Target.Layout.Metrics.IsNone ? "" : $", and at those of {scope.Target.Layout.Metrics.Table.FullName}")}; " +
            $"then run again. Written rows are kept.",
            fault);
    }
}
