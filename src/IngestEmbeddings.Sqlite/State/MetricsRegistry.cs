using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Records which lexicon, language and entity mode made the metrics of a table, and tells when a run would mix them.</summary>
internal static class MetricsRegistry
{
    /// <summary>Records the recipe of a run, unless metrics of another are there and stay.</summary>
    public static void Check(SqliteConnection connection, TableLayout layout, MetricsRecipe recipe, bool remakesAll, IIngestObserver observer)
    {
        var name = $"metrics {layout.Table}";
        var recorded = StoreSettings.Read(connection, name);
        if (recorded is not null && !remakesAll
            && MetricsRecipe.Difference(recorded, recipe.ToString()) is { } difference
            && connection.Scalar($"SELECT 1 FROM {Identifier.Quote(layout.Metrics.Table)} LIMIT 1") is not null)
        {
            observer.Observe(new MetricsMixed(
                layout.Metrics.Table, difference, new Suggestion("To make all alike", "run", layout.Table, "--metrics-only", "--recompute")));
            return;
        }

        StoreSettings.Write(connection, name, recipe.ToString());
    }
}
