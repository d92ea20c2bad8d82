using Npgsql;

namespace IngestEmbeddings.Postgres.Schema;

/// <summary>Runs statements that create something and notes what they created. Names are quoted by the server.</summary>
internal sealed class Ddl(NpgsqlConnection connection, List<string> created, CancellationToken cancellationToken)
{
    /// <summary>Runs a statement.</summary>
    /// <exception cref="IngestException">A right is missing.</exception>
    public async Task RunAsync(string sql, string what)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            created.Add(what);
        }
        catch (PostgresException denied) when (
            denied.SqlState == PostgresErrorCodes.InsufficientPrivilege && !sql.StartsWith("CREATE EXTENSION", StringComparison.Ordinal))
        {
            throw new IngestException(
                IngestError.Configuration, $"Creating {what} failed: {denied.MessageText}. Run init as the owner, or ask the owner for it.", denied);
        }
    }

    public async Task<object?> ScalarAsync(string sql, params string[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>The name of something to be created, quoted where it must be.</summary>
    /// <exception cref="IngestException">It is too long: the server would cut it off, and it might be another thing's name then.</exception>
    public async Task<string> QuoteAsync(string name)
    {
        if (await ScalarAsync("SELECT octet_length($1) <= current_setting('max_identifier_length')::integer", name) is false)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"{name} is longer than a name of PostgreSQL may be, {await ScalarAsync("SHOW max_identifier_length")} bytes. Use shorter names for the table and its columns.");
        }

        return (string)(await ScalarAsync("SELECT quote_ident($1)", name))!;
    }

    /// <summary>The schema that pgvector is in, quoted.</summary>
    public async Task<string> VectorSchemaAsync() =>
        (string)(await ScalarAsync("""
            SELECT quote_ident(n.nspname)
            FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
            WHERE e.extname = 'vector'
            """))!;
}
