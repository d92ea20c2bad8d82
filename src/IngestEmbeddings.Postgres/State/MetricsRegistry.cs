using IngestEmbeddings.Events;
using IngestEmbeddings.Metrics;
using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Records which lexicon, language and entity mode made the metrics of a table, and tells when a run would mix them.</summary>
internal sealed class MetricsRegistry(TableLayout layout, IIngestObserver observer)
{
    private const string Find = "SELECT recipe FROM ingest_embeddings.measure WHERE destination = $1 FOR UPDATE";

    private const string Record = """
        INSERT INTO ingest_embeddings.measure (destination, recipe) VALUES ($1, $2)
        ON CONFLICT (destination) DO UPDATE SET recipe = excluded.recipe, recorded_at = now()
        """;

    /// <summary>Records the recipe of a run, unless metrics of another are there and stay.</summary>
    /// <param name="connection">The connection, in the transaction that joins the run.</param>
    /// <param name="recipe">The recipe of the run.</param>
    /// <param name="remakesAll">True when the run makes every row's metrics again.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public async Task CheckAsync(NpgsqlConnection connection, MetricsRecipe recipe, bool remakesAll, CancellationToken cancellationToken)
    {
        var destination = Statements.Value(layout.Metrics.Table.Sql);
        var recorded = await Statements.FirstAsync(
            connection, LocalSettings.Short, Statements.Command(Find, destination), static row => row.GetString(0), cancellationToken);
        if (recorded == recipe.ToString())
        {
            return;
        }

        if (recorded is not null && !remakesAll && await AnyAsync(connection, cancellationToken)
            && MetricsRecipe.Difference(recorded, recipe.ToString()) is { } difference)
        {
            observer.Observe(new MetricsMixed(
                layout.Metrics.Table.FullName, difference, new Suggestion("To make all alike", "run", layout.Requested, "--metrics-only", "--recompute")));
            return;
        }

        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Record, Statements.Value(layout.Metrics.Table.Sql), Statements.Value(recipe.ToString())),
            cancellationToken);
    }

    private Task<bool> AnyAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.FirstAsync(
        connection,
        LocalSettings.Short,
        Statements.Command($"SELECT EXISTS (SELECT FROM {layout.Metrics.Table.Sql})"),
        static row => row.GetBoolean(0),
        cancellationToken);
}
