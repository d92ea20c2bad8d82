using IngestEmbeddings.Encoding;
using IngestEmbeddings.Postgres.Targets;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>
/// Finds under which name the vectors of a model lie where those of several are kept: the same weights in another folder are the same
/// model.
/// </summary>
internal static class ModelNames
{
    // A role that may search need not be one that may read the records of runs; a server may never have seen a run.
    private const string MayRead = """
        SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE n.nspname OPERATOR(pg_catalog.=) 'ingest_embeddings' AND c.relname OPERATOR(pg_catalog.=) 'space'
        """;

    // Of several names that a model was recorded under, the one that is asked for comes first.
    private const string Find = """
        SELECT model FROM ingest_embeddings.space
        WHERE fingerprint = $1 AND pg_catalog.starts_with(destination, $2)
        ORDER BY model <> $3, recorded_at LIMIT 1
        """;

    /// <summary>The vectors of one model; all where a table keeps those of one only.</summary>
    public static async ValueTask<VectorTarget> OfModelAsync(
        NpgsqlConnection connection, VectorTarget vectors, ModelIdentity model, CancellationToken cancellationToken)
    {
        if (vectors.DestinationOfModels is not { } destination)
        {
            return vectors;
        }

        var mayRead = await Statements.FirstAsync(
            connection, LocalSettings.Short, Statements.Command(MayRead), static row => row.GetBoolean(0), cancellationToken);
        var recorded = !mayRead ? null : await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(Find, Statements.Value(model.Fingerprint), Statements.Value(destination), Statements.Value(model.Name)),
            static row => row.GetString(0),
            cancellationToken);
        return await vectors.ForModelAsync(connection, recorded ?? model.Name, cancellationToken);
    }
}
