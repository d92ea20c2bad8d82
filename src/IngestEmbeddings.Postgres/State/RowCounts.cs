using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Counts the rows of a table that are still to be done, and those set aside. One scan of the table.</summary>
internal static class RowCounts
{
    /// <summary>Counts the rows that are still to be done, by as many processes of the server as it likes to use.</summary>
    public static async Task<long> PendingAsync(
        NpgsqlConnection connection, TableLayout layout, bool metricsOnly, string? destination, CancellationToken cancellationToken)
    {
        // Hardly ever is a row set aside, and asking that of each row would double the time.
        if (destination is not null && await SetAsideAsync(connection, destination, cancellationToken) == 0)
        {
            destination = null;
        }

        var condition = PendingSql.Condition(layout, metricsOnly, destination is null ? null : "$2", "$1");
        var command = Statements.Command(
            $"SELECT count(*) FROM {layout.Table.Sql} AS t WHERE {condition}", PendingSql.WhiteSpace(connection));
        if (destination is not null)
        {
            command.Parameters.Add(Statements.Value(destination));
        }

        return await Statements.FirstAsync(connection, LocalSettings.Long, command, static row => row.GetInt64(0), cancellationToken);
    }

    public static Task<long> SetAsideAsync(NpgsqlConnection connection, string destination, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command("SELECT count(*) FROM ingest_embeddings.dead WHERE destination = $1", Statements.Value(destination)),
            static row => row.GetInt64(0),
            cancellationToken);

    /// <summary>Forgets that rows were set aside, so that they are pending again.</summary>
    public static Task<int> RetryAsync(NpgsqlConnection connection, string destination, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("DELETE FROM ingest_embeddings.dead WHERE destination = $1", Statements.Value(destination)),
            cancellationToken);
}
