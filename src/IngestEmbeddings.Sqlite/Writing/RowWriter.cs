using System.Buffers.Binary;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Reading;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Writing;

/// <summary>The prepared writes of a run. Runs inside a write transaction.</summary>
internal sealed class RowWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly RowSql _row;
    private readonly RowCommand _vector;
    // Null for embeddings alone.
    private readonly RowCommand? _metrics;
    private readonly RowCommand _failure;
    private readonly RowCommand _unwritten;
    private readonly RowCommand _written;
    private readonly bool _measures;
    private readonly byte[] _blob;

    public RowWriter(SqliteConnection connection, RowSql row, RunRequest request)
    {
        _connection = connection;
        _row = row;
        _measures = request.Work is MeasureWork;
        _blob = new byte[(request.Work.Encoder?.Dimension ?? 0) * sizeof(float)];
        var statements = new WriteStatements(row, request.Work);
        _vector = Command(statements.Vector, "@vector");
        _metrics = row.Layout.Metrics.IsNone ? null : Command(statements.Metrics, WriteStatements.MetricParameters(row.Layout.Metrics.Columns.Count));
        _failure = Command(FailedRows.Insert(row), "@table", "@shown", "@stage", "@reason", "@tableHash");
        _unwritten = Command(statements.Unwritten);
        _written = Command(statements.Written);

        RowCommand Command(string sql, params IReadOnlyList<string> values) => new(connection, sql, row.Layout.Key.Count, values);
    }

    /// <summary>Writes a batch.</summary>
    /// <returns>How many of its rows were still as they were read, and so were written.</returns>
    /// <exception cref="SqliteException">A constraint or a trigger refused a row.</exception>
    /// <exception cref="WriteRefusedException">A trigger undid the write of a row.</exception>
    public int Write(SqliteWindow window, RowBatch batch)
    {
        var verify = Triggers.Exist(_connection, _row.Layout);
        var written = 0;
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var row = batch.Rows[i];
            if (_measures ? WriteMetrics(window, row, batch.Metrics[i]) : WriteBoth(window, row, batch.Vectors![i].Span, batch.Metrics[i]))
            {
                written++;
                if (verify && !_written.Finds(window, row))
                {
                    throw Undone(window, row, "a trigger changes the text or removes what is written");
                }
            }
        }

        if (batch.Failures.Count > 0)
        {
            WriteFailures(window, batch.Failures);
        }

        return written;
    }

    /// <summary>Compiles the statements, with the triggers that they fire.</summary>
    /// <exception cref="SqliteException">The table no longer has what they name.</exception>
    public void Compile()
    {
        _vector.Compile();
        _metrics?.Compile();
    }

    public void Dispose()
    {
        _vector.Dispose();
        _metrics?.Dispose();
        _failure.Dispose();
        _unwritten.Dispose();
        _written.Dispose();
    }

    private void WriteFailures(SqliteWindow window, IReadOnlyList<RowFailure> failures)
    {
        var tableHash = FailedRows.TableHash(_connection, _row.Layout);
        foreach (var failure in failures)
        {
            _failure.Execute(
                window, failure.Row, _row.Layout.Table, window.DescribeKey(failure.Row), failure.Stage, failure.Reason, tableHash);
        }
    }

    private bool WriteBoth(SqliteWindow window, int row, ReadOnlySpan<float> vector, TextMetrics metrics)
    {
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(_blob.AsSpan(i * sizeof(float)), vector[i]);
        }

        if (_vector.Execute(window, row, _blob) == 0)
        {
            return ChangedMeanwhile(window, row);
        }

        return _metrics is null || Execute(_metrics, window, row, metrics) == 1
            ? true
            : throw Undone(window, row, "a trigger suppresses the write of its metrics");
    }

    private bool WriteMetrics(SqliteWindow window, int row, TextMetrics metrics) =>
        Execute(_metrics!, window, row, metrics) == 1 || ChangedMeanwhile(window, row);

    /// <summary>Explains why a write changed nothing: the row changed since it was read, which is no fault.</summary>
    /// <returns>False: the row was not written.</returns>
    private bool ChangedMeanwhile(SqliteWindow window, int row) =>
        _unwritten.Finds(window, row) ? throw Undone(window, row, "a trigger suppresses the write") : false;

    private WriteRefusedException Undone(SqliteWindow window, int row, string reason) =>
        new($"{_row.Layout.Table}, row {window.DescribeKey(row)}: {reason}. Look at the triggers of the table.", reason);

    private static int Execute(RowCommand command, SqliteWindow window, int row, TextMetrics metrics) => command.Execute(
        window, row, metrics.WordRatio, metrics.WordCount, metrics.Length, metrics.EntityCount, metrics.Frequency);
}
