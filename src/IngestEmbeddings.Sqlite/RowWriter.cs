using System.Buffers.Binary;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>The prepared writes of a run. Runs inside a write transaction.</summary>
internal sealed class RowWriter : IDisposable
{
    private readonly string _table;
    private readonly RowCommand _vector;
    private readonly RowCommand _metrics;
    private readonly RowCommand _failure;
    private readonly bool _metricsOnly;
    private readonly byte[] _blob;

    public RowWriter(SqliteConnection connection, TableLayout layout, RowStatements statements, RunRequest request)
    {
        _table = layout.Table;
        _metricsOnly = request.Work is MeasureWork;
        _blob = new byte[(request.Work.Encoder?.Dimension ?? 0) * sizeof(float)];
        _vector = new RowCommand(connection, statements.WriteVector, layout.Key.Count, "@vector");
        _metrics = new RowCommand(
            connection, statements.WriteMetrics, layout.Key.Count, "@ratio", "@words", "@length", "@entities", "@frequency");
        _failure = new RowCommand(connection, statements.WriteFailure, layout.Key.Count, "@table", "@shown", "@stage", "@reason");
    }

    /// <summary>Writes a batch.</summary>
    /// <returns>How many of its rows were still as they were read, and so were written.</returns>
    public int Write(SqliteRowWindow window, RowBatch batch)
    {
        var written = 0;
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var row = batch.Rows[i];
            if (_metricsOnly || WriteVector(window, row, batch.Vectors![i].Span))
            {
                written += WriteMetrics(window, row, batch.Metrics[i]);
            }
        }

        foreach (var failure in batch.Failures)
        {
            _failure.Execute(window, failure.Row, _table, window.DescribeKey(failure.Row), failure.Stage, failure.Reason);
        }

        return written;
    }

    public void Dispose()
    {
        _vector.Dispose();
        _metrics.Dispose();
        _failure.Dispose();
    }

    private bool WriteVector(SqliteRowWindow window, int row, ReadOnlySpan<float> vector)
    {
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(_blob.AsSpan(i * sizeof(float)), vector[i]);
        }

        return _vector.Execute(window, row, _blob) == 1;
    }

    private int WriteMetrics(SqliteRowWindow window, int row, TextMetrics metrics) => _metrics.Execute(
        window, row, metrics.WordRatio, metrics.WordCount, metrics.Length, metrics.EntityCount, metrics.Frequency);
}
