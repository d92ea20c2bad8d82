using System.Globalization;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite;

/// <summary>What <c>load</c> does. Runs inside a write transaction, so that a load is whole or nothing.</summary>
internal static class Loading
{
    public static async Task<long> RunAsync(
        SqliteConnection connection, LoadRequest load, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken)
    {
        var request = load.Table;
        var table = TableFinder.FindTable(connection, request);
        var columns = Catalog.Columns(connection, table);
        var keys = TableFinder.FindKey(connection, request, table, columns);
        var text = TableFinder.FindText(request, table, columns, keys);
        if (keys is not [var key])
        {
            throw SqliteFaults.Misconfigured($"The key of {table} has {keys.Count} columns; load fills tables with one key column.");
        }

        var ids = new IdSource(connection, table, key, load.RowName);
        await using var insert = connection.Command(
            $"INSERT INTO {Sql.Quote(table)}({Sql.Quote(key.Name)}, {Sql.Quote(text)}) VALUES (@id, @text)", ("@id", null), ("@text", null));
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

    /// <summary>Takes the ids that rows bring, and numbers the others after the largest key so far.</summary>
    private sealed class IdSource(SqliteConnection connection, string table, Column key, Func<long, string> rowName)
    {
        private long? _largest = key.HoldsIntegers
            ? Convert.ToInt64(connection.Scalar($"SELECT max({Sql.Quote(key.Name)}) FROM {Sql.Quote(table)}") ?? 0L, CultureInfo.InvariantCulture)
            : null;

        public object Take(string? id, long row)
        {
            if (_largest is not { } largest)
            {
                return id ?? throw SqliteFaults.Misconfigured(
                    $"{rowName(row)} has no id, and the key {key.Name} of {table} is {key.DeclaredType}: "
                    + "only integer keys can be numbered. Give every row an id.");
            }

            if (id is null)
            {
                _largest = largest < long.MaxValue
                    ? largest + 1
                    : throw SqliteFaults.Misconfigured($"{rowName(row)}: the largest key of {table} is the largest there is. Give every row an id.");
                return _largest.Value;
            }

            if (!long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                throw SqliteFaults.Misconfigured(
                    $"{rowName(row)}: the id {id} is not a whole number, as the key {key.Name} of {table} is. Nothing was loaded.");
            }

            _largest = Math.Max(largest, number);
            return number;
        }
    }
}
