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
            await Statements.ExecuteAsync(connection, LocalSettings.LongOnOwnPath, Statements.Command(sql), cancellationToken);
            created.Add(what);
        }
        catch (PostgresException denied) when (
            denied.SqlState == PostgresErrorCodes.InsufficientPrivilege && !sql.StartsWith("CREATE EXTENSION", StringComparison.Ordinal))
        {
            throw new IngestException(
                IngestError.Configuration, $"Creating {what} failed: {denied.MessageText}. Run init as the owner, or ask the owner for it.", denied);
        }
    }

    /// <summary>The first value that a statement returns; null for none. Values are $1, $2, ….</summary>
    public Task<object?> ScalarAsync(string sql, params IReadOnlyList<string> values) => ScalarAsync(LocalSettings.Long, sql, values);

    /// <summary>The schema in which the role creates tables by default; null where its search path has none.</summary>
    public async Task<string?> DefaultSchemaAsync() =>
        await ScalarAsync(LocalSettings.LongOnOwnPath, "SELECT pg_catalog.current_schema()::pg_catalog.text", []) as string;

    private async Task<object?> ScalarAsync(LocalSettings settings, string sql, IReadOnlyList<string> values) => await Statements.FirstAsync(
        connection,
        settings,
        Statements.Command(sql, [.. values.Select(static value => Statements.Value(value))]),
        static row => row.IsDBNull(0) ? null : row.GetValue(0),
        cancellationToken);

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
