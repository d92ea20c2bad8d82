using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Loading;

/// <summary>The keys of loaded rows: taken as they are given, or numbered after the largest.</summary>
internal sealed class LoadKeys
{
    private readonly NpgsqlConnection _connection;
    private readonly CatalogTable _table;
    private readonly CatalogColumn _column;
    private readonly Func<long, string> _rowName;
    private long _largest;

    private LoadKeys(NpgsqlConnection connection, CatalogTable table, CatalogColumn column, Func<long, string> rowName, long largest)
    {
        _connection = connection;
        _table = table;
        _column = column;
        _rowName = rowName;
        _largest = largest;
    }

    /// <exception cref="IngestException">The key has a type that load cannot fill.</exception>
    public static async Task<LoadKeys> CreateAsync(
        NpgsqlConnection connection, CatalogTable table, CatalogColumn column, Func<long, string> rowName, CancellationToken cancellationToken)
    {
        if (column.IsInteger)
        {
            // Two loads at once must not number their rows alike.
            await Statements.ExecuteAsync(
                connection, LocalSettings.LongOnOwnPath, Statements.Command($"LOCK TABLE {table.Sql} IN SHARE ROW EXCLUSIVE MODE"), cancellationToken);
            var largest = await Statements.FirstAsync(
                connection,
                LocalSettings.LongOnOwnPath,
                Statements.Command($"SELECT coalesce(pg_catalog.max({column.Sql}), 0)::bigint FROM {table.Sql}"),
                static row => row.GetInt64(0),
                cancellationToken);
            return new LoadKeys(connection, table, column, rowName, largest);
        }

        return column.TypeName is "uuid" || column.IsText
            ? new LoadKeys(connection, table, column, rowName, 0)
            : throw new IngestException(
                IngestError.Configuration,
                $"Key {column.Name} of {table.FullName} has type {column.TypeName}; load fills integers, uuid and text. Use psql's \\copy.");
    }

    /// <summary>Writes the key of a row.</summary>
    /// <exception cref="IngestException">The id is not of the key's type.</exception>
    public Task WriteAsync(NpgsqlBinaryImporter copy, string? id, long row, CancellationToken cancellationToken)
    {
        if (_column.IsInteger)
        {
            return WriteIntegerAsync(copy, id, row, cancellationToken);
        }

        if (_column.TypeName == "uuid")
        {
            // Version 7 grows with time, so that the index grows at its end.
            var value = id is null ? Guid.CreateVersion7() : Guid.TryParse(id, out var parsed) ? parsed : throw Unreadable(id, row);
            return copy.WriteAsync(value, NpgsqlDbType.Uuid, cancellationToken);
        }

        return id is null
            ? throw new IngestException(
                IngestError.Configuration, $"{_rowName(row)} has no id, and {_table.FullName} has text keys, which cannot be numbered. Nothing was loaded.")
            : copy.WriteAsync(id, NpgsqlDbType.Text, cancellationToken);
    }

    /// <summary>Moves the sequence of the key, if it has one, past the largest key.</summary>
    public async Task MoveSequenceAsync(CancellationToken cancellationToken)
    {
        if (!_column.IsInteger)
        {
            return;
        }

        await Statements.ExecuteAsync(
            _connection,
            LocalSettings.LongOnOwnPath,
            Statements.Command(
                $"""
                SELECT pg_catalog.setval(s.name::pg_catalog.regclass, m.largest)
                FROM (SELECT pg_catalog.pg_get_serial_sequence($1, $2) AS name) s, (SELECT pg_catalog.max({_column.Sql})::bigint AS largest FROM {_table.Sql}) m
                WHERE s.name IS NOT NULL AND m.largest > coalesce(pg_catalog.pg_sequence_last_value(s.name::pg_catalog.regclass), 0::bigint)
                """,
                Statements.Value(_table.Sql),
                Statements.Value(_column.Name)),
            cancellationToken);
    }

    private Task WriteIntegerAsync(NpgsqlBinaryImporter copy, string? id, long row, CancellationToken cancellationToken)
    {
        var value = id is null ? _largest + 1
            : long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed
            : throw Unreadable(id, row);
        _largest = Math.Max(_largest, value);
        return _column.TypeName switch
        {
            "int8" => copy.WriteAsync(value, NpgsqlDbType.Bigint, cancellationToken),
            "int4" when value is >= int.MinValue and <= int.MaxValue => copy.WriteAsync((int)value, NpgsqlDbType.Integer, cancellationToken),
            "int2" when value is >= short.MinValue and <= short.MaxValue => copy.WriteAsync((short)value, NpgsqlDbType.Smallint, cancellationToken),
            _ => throw Unreadable(value.ToString(CultureInfo.InvariantCulture), row),
        };
    }

    private IngestException Unreadable(string id, long row)
    {
        // A line of text that was taken for an id must not end up in a log whole.
        var shown = id.Length > 40 ? id[..40] + "…" : id;
        return new IngestException(
            IngestError.Configuration, $"{_rowName(row)}: '{shown}' is no {_column.TypeName}, the type of key {_column.Name}. Nothing was loaded.");
    }
}
