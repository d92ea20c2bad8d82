using IngestEmbeddings.Rows;
using IngestEmbeddings.Sqlite.Connections;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Reading;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Writing;

/// <summary>
/// Writes the batches of a run, each in one transaction. A batch that is refused is written in halves, each in a transaction of
/// its own, down to the rows that are refused alone: those have failed.
/// </summary>
internal sealed class BatchWriter(Database database, SqliteConnection connection, RowSql row, RunRequest request) : IDisposable
{
    private readonly RowWriter _rows = new(connection, row, request);

    /// <summary>Writes a batch, one writer at a time.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="refused">Receives the rows that failed.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>How many of its rows were still as they were read, and so were written.</returns>
    /// <exception cref="IngestException">The table refuses every row, or the file cannot be written.</exception>
    public async Task<int> WriteAsync(RowBatch batch, ICollection<RowFailure> refused, CancellationToken cancellationToken)
    {
        try
        {
            return await database.WriteAsync(connection, () => Write(batch), cancellationToken);
        }
        catch (WriteRefusedException refusal) when (batch.Rows.Count > 0)
        {
            if (refusal.MayConcernTable)
            {
                // Throws when a column is gone, or a table that a trigger writes: then no row is to blame.
                await database.ReadAsync(connection, Compile, cancellationToken);
            }

            if (batch.Rows.Count == 1)
            {
                refused.Add(new RowFailure(batch.Rows[0], "write", refusal.Reason));
            }

            var written = 0;
            foreach (var piece in batch.WithoutRefused(refusal.Reason))
            {
                written += await WriteAsync(piece, refused, cancellationToken);
            }

            return written;
        }
    }

    public void Dispose() => _rows.Dispose();

    private int Write(RowBatch batch)
    {
        var written = _rows.Write((SqliteWindow)batch.Window, batch);
        ActiveRun.Report(connection, row.Layout, written);
        return written;
    }

    private bool Compile()
    {
        using var fresh = new RowWriter(connection, row, request);
        fresh.Compile();
        return true;
    }
}
