using System.Buffers.Binary;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Rows;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>The prepared writes of one session. Runs inside a write transaction.</summary>
internal sealed class RowWriter : IDisposable
{
    private readonly SqliteCommand _vector;
    private readonly SqliteCommand _metrics;
    private readonly SqliteCommand _failure;
    private readonly bool _metricsOnly;
    private readonly byte[] _blob;

    public RowWriter(SqliteConnection connection, TableLayout layout, RowStatements statements, RunRequest request)
    {
        _metricsOnly = request.MetricsOnly;
        _blob = new byte[(request.Encoder?.Dimension ?? 0) * sizeof(float)];
        _vector = connection.Command(statements.WriteVector, ("@text", null), ("@vector", _blob));
        _metrics = connection.Command(
            statements.WriteMetrics,
            ("@text", null), ("@ratio", null), ("@words", null), ("@length", null), ("@entities", null), ("@frequency", null));
        _failure = connection.Command(
            statements.WriteFailure, ("@text", null), ("@table", layout.Table), ("@shown", null), ("@stage", null), ("@reason", null));
        for (var i = 0; i < layout.Key.Count; i++)
        {
            _vector.Parameters.AddWithValue($"@k{i}", DBNull.Value);
            _metrics.Parameters.AddWithValue($"@k{i}", DBNull.Value);
            _failure.Parameters.AddWithValue($"@k{i}", DBNull.Value);
        }
    }

    /// <summary>Writes a batch.</summary>
    /// <returns>How many of its rows were still as they were read, and so were written.</returns>
    public int Write(SqliteRowWindow window, RowBatch batch)
    {
        var written = 0;
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var row = batch.Rows[i];
            if (_metricsOnly)
            {
                written += WriteMetrics(window, row, batch.Metrics[i]);
            }
            else if (WriteVector(window, row, batch.Vectors![i].Span))
            {
                written += WriteMetrics(window, row, batch.Metrics[i]);
            }
        }

        foreach (var failure in batch.Failures)
        {
            Bind(_failure, window, failure.Row);
            _failure.Parameters["@shown"].Value = window.DescribeKey(failure.Row);
            _failure.Parameters["@stage"].Value = failure.Stage;
            _failure.Parameters["@reason"].Value = failure.Reason;
            _failure.ExecuteNonQuery();
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

        Bind(_vector, window, row);
        return _vector.ExecuteNonQuery() == 1;
    }

    private int WriteMetrics(SqliteRowWindow window, int row, TextMetrics metrics)
    {
        Bind(_metrics, window, row);
        _metrics.Parameters["@ratio"].Value = (object?)metrics.WordRatio ?? DBNull.Value;
        _metrics.Parameters["@words"].Value = metrics.WordCount;
        _metrics.Parameters["@length"].Value = metrics.Length;
        _metrics.Parameters["@entities"].Value = (object?)metrics.EntityCount ?? DBNull.Value;
        _metrics.Parameters["@frequency"].Value = (object?)metrics.Frequency ?? DBNull.Value;
        return _metrics.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, SqliteRowWindow window, int row)
    {
        command.Parameters["@text"].Value = window.Version(row);
        var key = window.Key(row);
        for (var i = 0; i < key.Length; i++)
        {
            command.Parameters[$"@k{i}"].Value = key[i];
        }
    }
}
