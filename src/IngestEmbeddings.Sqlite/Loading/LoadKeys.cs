using System.Globalization;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Loading;

/// <summary>Takes the ids of the rows, and numbers rows without one after the maximum key so far.</summary>
internal sealed class LoadKeys(SqliteConnection connection, string table, Column key, Func<long, string> rowName)
{
    private long? _max = key.HoldsIntegers
        ? Convert.ToInt64(connection.Scalar($"SELECT max({Identifier.Quote(key.Name)}) FROM {Identifier.Quote(table)}") ?? 0L, CultureInfo.InvariantCulture)
        : null;

    public object Take(string? id, long row)
    {
        if (_max is not { } max)
        {
            return id ?? throw SqliteFaults.Misconfigured(
                $"{rowName(row)} has no id, and the key {key.Name} of {table} is {key.DeclaredType}: "
                + "only integer keys can be numbered. Give every row an id.");
        }

        if (id is null)
        {
            _max = max < long.MaxValue
                ? max + 1
                : throw SqliteFaults.Misconfigured($"{rowName(row)}: the keys of {table} have reached the maximum of an integer. Give every row an id.");
            return _max.Value;
        }

        if (!long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            throw SqliteFaults.Misconfigured(
                $"{rowName(row)}: the id {id} is not a whole number, as the key {key.Name} of {table} is. Nothing was loaded.");
        }

        _max = Math.Max(max, number);
        return number;
    }
}
