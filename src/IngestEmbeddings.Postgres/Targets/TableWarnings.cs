using IngestEmbeddings.Events;
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

        var (hidden, triggers) = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Inspect, Statements.Oid(table.Oid)),
            static row => (row.GetBoolean(0), row.GetString(1)),
            cancellationToken);
        if (hidden)
        {
            observer.Observe(new RowsHidden(table.FullName));
        }

        if (target.UpdatesRows && triggers is { Length: > 0 })
        {
            observer.Observe(new TriggersFire(table.FullName, triggers));
        }
    }
}
