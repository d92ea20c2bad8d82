using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Refuses a state schema that a role could use against the one that runs the tool.</summary>
/// <remarks>
/// The owner of a table decides what a statement over it executes: by triggers, rules, policies, defaults and by putting something
/// else in its place. So the schema and the tool's tables must belong to the current role, a superuser or the owner of the database,
/// and so must the function of every trigger. Rights to read and write rows are harmless: nothing in the rows is executed.
/// </remarks>
internal static class StateOwners
{
    private const string FindForeign = """
        WITH trusted AS (
            SELECT r.oid FROM pg_catalog.pg_roles r
            WHERE r.rolsuper OR r.rolname = current_user OR r.oid = (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = current_database())
        ), tables AS (
            SELECT c.oid, c.relname, c.relowner, c.relkind
            FROM pg_catalog.pg_class c
            WHERE c.relnamespace = to_regnamespace('ingest_embeddings')
              AND c.relname IN ('version', 'space', 'run', 'key_range', 'failed_row', 'dropped_index', 'worker', 'change', 'measure', 'receipt', 'chunk', 'dead')
        )
        SELECT 'schema ingest_embeddings', format('ALTER SCHEMA ingest_embeddings OWNER TO %I;', current_user), pg_get_userbyid(n.nspowner)::text
        FROM pg_catalog.pg_namespace n
        WHERE n.oid = to_regnamespace('ingest_embeddings') AND n.nspowner NOT IN (SELECT oid FROM trusted)
        UNION ALL
        SELECT format('table ingest_embeddings.%I', t.relname), format('ALTER TABLE ingest_embeddings.%I OWNER TO %I;', t.relname, current_user),
               pg_get_userbyid(t.relowner)::text
        FROM tables t WHERE t.relowner NOT IN (SELECT oid FROM trusted)
        UNION ALL
        SELECT format('%s ingest_embeddings.%I', CASE t.relkind WHEN 'v' THEN 'view' ELSE 'relation' END, t.relname), 'DROP SCHEMA ingest_embeddings CASCADE;',
               pg_get_userbyid(t.relowner)::text
        FROM tables t WHERE t.relkind <> 'r'
        UNION ALL
        SELECT format('trigger %I on ingest_embeddings.%I', g.tgname, t.relname), format('DROP TRIGGER %I ON ingest_embeddings.%I;', g.tgname, t.relname),
               pg_get_userbyid(p.proowner)::text
        FROM tables t
        JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
        JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid
        WHERE p.proowner NOT IN (SELECT oid FROM trusted)
        """;

    /// <exception cref="IngestException">Something of it belongs to a role that is not trusted.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var foreign = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(FindForeign),
            static row => (What: row.GetString(0), Remedy: row.GetString(1), Owner: row.GetString(2)),
            cancellationToken);
        if (foreign is [var first, ..])
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The {first.What} belongs to role {first.Owner}, which is neither this role nor a superuser nor the owner of the database: what it puts there " +
                $"would run with this role's rights. Look at what is there, and then, as a superuser: {string.Join(' ', foreign.Select(one => one.Remedy).Distinct(StringComparer.Ordinal))}");
        }
    }
}
