using IngestEmbeddings.Postgres.Claims;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Scratch;

/// <summary>Drops copies, and the records of the runs over them.</summary>
internal static class ScratchLeftovers
{
    private const string Find = $"""
        SELECT c.relname::text
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = '{ScratchName.Schema}' AND c.relkind = 'r' AND c.relname ~ '{ScratchName.Pattern}'
        """;

    /// <summary>Drops every copy whose process is gone.</summary>
    public static async Task DropAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var names = await Statements.ListAsync(
            connection, LocalSettings.Short, Statements.Command(Find), static row => new ScratchName(row.GetString(0)), cancellationToken);
        foreach (var name in names)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (await Statements.FirstAsync(
                connection,
                LocalSettings.Short,
                Statements.Command($"SELECT pg_try_advisory_xact_lock({name.LockSql})"),
                static row => row.GetBoolean(0),
                cancellationToken))
            {
                await ExecuteAsync(connection, name, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Drops one copy, which is the caller's.</summary>
    public static async Task DropAsync(NpgsqlConnection connection, ScratchName name, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, name, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    // The destinations of the runs over a copy all begin with its name.
    private static async Task ExecuteAsync(NpgsqlConnection connection, ScratchName name, CancellationToken cancellationToken)
    {
        var ofCopy = $"starts_with(destination, '{name.Sql}')";
        var ofRuns = $"run_id IN (SELECT run_id FROM ingest_embeddings.run WHERE {ofCopy})";
        await Statements.ScriptAsync(
            connection,
            $"""
            DROP TABLE IF EXISTS {name.Sql}, {ScratchName.Schema}.{name.Metrics}, {ScratchName.Schema}.{name.Embeddings};
            {KeyRangeSql.Delete(ofRuns)};
            DELETE FROM ingest_embeddings.worker WHERE {ofRuns};
            DELETE FROM ingest_embeddings.run WHERE {ofCopy};
            {FailedRowSql.Delete(ofCopy)}
            DELETE FROM ingest_embeddings.space WHERE {ofCopy};
            """,
            cancellationToken);
    }
}
