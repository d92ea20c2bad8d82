using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Commands;

/// <summary>Runs statements together with the limits they run under.</summary>
internal static class Statements
{
    public static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public static NpgsqlParameter Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>An object of the catalog.</summary>
    public static NpgsqlParameter Oid(uint oid) => new NpgsqlParameter<uint> { TypedValue = oid, NpgsqlDbType = NpgsqlDbType.Oid };

    /// <summary>Objects of the catalog.</summary>
    public static NpgsqlParameter Oids(uint[] oids) =>
        new NpgsqlParameter<uint[]> { TypedValue = oids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid };

    /// <summary>A key, or null for none.</summary>
    public static NpgsqlParameter Key(string[]? key) =>
        new() { Value = (object?)key ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    /// <summary>Row versions (<c>xmin</c>).</summary>
    public static NpgsqlParameter Versions(IEnumerable<uint> versions) =>
        new NpgsqlParameter<uint[]> { TypedValue = [.. versions], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid };

    /// <summary>Runs a statement and reads its rows.</summary>
    public static async Task<List<T>> ListAsync<T>(
        NpgsqlConnection connection,
        LocalSettings settings,
        NpgsqlBatchCommand command,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        await using var batch = settings.Batch(connection, command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        // An error after the last row, such as one of the commit, shows only here.
        await reader.NextResultAsync(cancellationToken);
        return rows;
    }

    /// <summary>Runs a statement and reads its first row; default where there is none.</summary>
    public static async Task<T?> FirstAsync<T>(
        NpgsqlConnection connection,
        LocalSettings settings,
        NpgsqlBatchCommand command,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken)
    {
        var rows = await ListAsync(connection, settings, command, read, cancellationToken);
        return rows.Count > 0 ? rows[0] : default;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    /// <returns>How many rows it touched.</returns>
    public static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, LocalSettings settings, NpgsqlBatchCommand command, CancellationToken cancellationToken)
    {
        await using var batch = settings.Batch(connection, command);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return (int)command.RecordsAffected;
    }

    /// <summary>Runs several statements without parameters, in one transaction, under <see cref="LocalSettings.Short"/>.</summary>
    public static async Task ScriptAsync(NpgsqlConnection connection, string script, CancellationToken cancellationToken)
    {
        // The driver takes several statements in one text only outside of a batch.
        await using var command = new NpgsqlCommand($"{LocalSettings.Short.Sql}; {script}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
