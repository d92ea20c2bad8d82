using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite.Loading;

/// <summary>Adds rows to a table, as <c>load</c> does. Runs inside a write transaction, so that all rows are added or none.</summary>
internal static class RowLoader
{
    public static async Task<long> RunAsync(
        SqliteConnection connection, LoadRequest load, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken)
    {
        var request = load.Table;
        var table = TableFinder.FindTable(connection, request);
        var columns = CatalogReader.Columns(connection, table);
        var keys = TableFinder.FindKey(connection, request, table, columns);
        var text = TableFinder.FindText(request, table, columns, keys);
        if (keys is not [var key])
        {
            throw SqliteFaults.Misconfigured($"The key of {table} has {keys.Count} columns; load fills tables with one key column.");
        }

        var ids = new LoadKeys(connection, table, key, load.RowName);
        await using var insert = connection.Command(
            $"INSERT INTO {Identifier.Quote(table)}({Identifier.Quote(key.Name)}, {Identifier.Quote(text)}) VALUES (@id, @text)", ("@id", null), ("@text", null));
        var loaded = 0L;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            loaded++;
            var id = ids.Take(row.Id, loaded);
            insert.Parameters[0].Value = id;
            insert.Parameters[1].Value = (object?)row.Text ?? DBNull.Value;
            try
            {
                insert.ExecuteNonQuery();
            }
            catch (SqliteException exception) when (
                exception.SqliteExtendedErrorCode is raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_UNIQUE)
            {
                throw SqliteFaults.Misconfigured(
                    $"{load.RowName(loaded)}: {table} has a row with the id {id} already. Nothing was loaded; leave the ids out to have the rows numbered.",
                    exception);
            }
        }

        return loaded;
    }
}
