using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Tells what makes a run over a table slower, or do fewer rows, than its owner may expect.</summary>
internal static class TableWarnings
{
    private const string Inspect = """
        SELECT row_security_active($1),
               coalesce((SELECT string_agg(g.tgname, ', ' ORDER BY g.tgname) FROM pg_catalog.pg_trigger g
                         WHERE g.tgrelid = $1 AND NOT g.tgisinternal AND g.tgenabled <> 'D'
                           AND (g.tgtype & 1) = 1 AND (g.tgtype & 16) = 16), '')
        """;

    public static async Task TellAsync(
        NpgsqlConnection connection, RunTarget target, IIngestObserver observer, CancellationToken cancellationToken)
    {
        var table = target.Layout.Table;
        var metrics = target.Layout.Metrics;
        if (!metrics.HasUniqueKey)
        {
            observer.Observe(new MetricsKeyNotUnique(metrics.Table.FullName, [.. metrics.Key.Select(column => column.Name)]));
        }

        await using var command = new NpgsqlCommand(Inspect, connection) { Parameters = { Statements.Oid(table.Oid) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetBoolean(0))
        {
            observer.Observe(new RowsHidden(table.FullName));
        }

        if (target.UpdatesRows && reader.GetString(1) is { Length: > 0 } triggers)
        {
            observer.Observe(new TriggersFire(table.FullName, triggers));
        }
    }
}
