using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Changes;

/// <summary>The triggers by which a table notes which of its rows were inserted, changed or deleted.</summary>
/// <remarks>
/// One a statement, over transition tables, so that a bulk update costs a join of what it changed and one note. A statement fires
/// only the triggers of the table that it names, so each partition has them too. The function runs as its owner: an application
/// needs no right on the tool's schema.
/// </remarks>
internal sealed class ChangeTracking(TableLayout layout)
{
    private const string Prefix = "ingest_embeddings_note_";

    // $1 the table: it and its partitions, with the triggers that each has.
    private const string FindParts = """
        SELECT format('%I.%I', n.nspname, c.relname),
               (SELECT count(*) FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND starts_with(g.tgname, 'ingest_embeddings_note_'))
        FROM (SELECT $1 AS oid UNION SELECT relid::oid FROM pg_catalog.pg_partition_tree($1::oid::regclass)) AS parts
        JOIN pg_catalog.pg_class c ON c.oid = parts.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        ORDER BY 1
        """;

    private static readonly (string Name, string Event)[] Triggers =
    [
        ("insert", "INSERT ON {0} REFERENCING NEW TABLE AS after"),
        ("update", "UPDATE ON {0} REFERENCING OLD TABLE AS before NEW TABLE AS after"),
        ("delete", "DELETE ON {0} REFERENCING OLD TABLE AS before"),
        ("truncate", "TRUNCATE ON {0}"),
    ];

    private string Function => FormattableString.Invariant($"ingest_embeddings.note_change_{layout.Table.Oid}");

    /// <summary>True when the table, and each of its partitions, notes its changes.</summary>
    public async Task<bool> IsTrackedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await FindPartsAsync(connection, cancellationToken)).TrueForAll(static part => part.Triggers == Triggers.Length);

    /// <summary>Creates the triggers that are missing.</summary>
    /// <returns>The parts that got some.</returns>
    public async Task<IReadOnlyList<string>> InstallAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var parts = (await FindPartsAsync(connection, cancellationToken)).FindAll(static part => part.Triggers < Triggers.Length);
        if (parts.Count == 0)
        {
            return [];
        }

        await ExecuteAsync(connection, CreateFunction(), cancellationToken);
        await ExecuteAsync(connection, $"REVOKE ALL ON FUNCTION {Function}() FROM PUBLIC", cancellationToken);
        foreach (var part in parts)
        {
            foreach (var (name, what) in Triggers)
            {
                await ExecuteAsync(connection, $"DROP TRIGGER IF EXISTS {Prefix}{name} ON {part.Sql}", cancellationToken);
                await ExecuteAsync(
                    connection,
                    $"CREATE TRIGGER {Prefix}{name} AFTER {what.Replace("{0}", part.Sql, StringComparison.Ordinal)} FOR EACH STATEMENT EXECUTE FUNCTION {Function}()",
                    cancellationToken);
            }
        }

        return [.. parts.Select(static part => part.Sql)];
    }

    /// <summary>Drops the triggers, and the notes.</summary>
    /// <returns>The parts that had some.</returns>
    public async Task<IReadOnlyList<string>> RemoveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var parts = (await FindPartsAsync(connection, cancellationToken)).FindAll(static part => part.Triggers > 0);
        foreach (var part in parts)
        {
            foreach (var (name, _) in Triggers)
            {
                await ExecuteAsync(connection, $"DROP TRIGGER IF EXISTS {Prefix}{name} ON {part.Sql}", cancellationToken);
            }
        }

        await ExecuteAsync(connection, $"DROP FUNCTION IF EXISTS {Function}()", cancellationToken);
        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ChangeSql.Delete, Statements.Oid(layout.Table.Oid)),
            cancellationToken);
        return [.. parts.Select(static part => part.Sql)];
    }

    private static Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(sql), cancellationToken);

    private Task<List<(string Sql, long Triggers)>> FindPartsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ListAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(FindParts, Statements.Oid(layout.Table.Oid)),
        static row => (row.GetString(0), row.GetInt64(1)),
        cancellationToken);

    // Of an update only rows whose key or text is another by now are noted: the tool's own writes are not.
    private string CreateFunction()
    {
        string Key(string rows) => $"ARRAY[{string.Join(", ", layout.Key.Select(column => $"{rows}.{column.Sql}::text"))}]";
        string Text(string rows) => $"{rows}.{layout.Text.Sql}::text COLLATE \"C\"";
        var same = string.Join(" AND ", layout.Key.Select(column => $"o.{column.Sql} {KeySql.Operator(column, "=")} n.{column.Sql}"));
        var first = layout.Key[0].Sql;
        return $"""
            CREATE OR REPLACE FUNCTION {Function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1
            AS $note$
            DECLARE
                noted text[] := NULL;
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    SELECT pg_catalog.array_agg({Key("n")}) INTO noted FROM after AS n WHERE n.{layout.Text.Sql} IS NOT NULL;
                ELSIF TG_OP = 'UPDATE' THEN
                    SELECT pg_catalog.array_agg(CASE WHEN n.{first} IS NULL THEN {Key("o")} ELSE {Key("n")} END) INTO noted
                    FROM before AS o FULL JOIN after AS n ON {same}
                    WHERE n.{first} IS NULL OR o.{first} IS NULL OR {Text("o")} IS DISTINCT FROM {Text("n")};
                ELSIF TG_OP = 'DELETE' THEN
                    SELECT pg_catalog.array_agg({Key("o")}) INTO noted FROM before AS o;
                ELSE
                    noted := ARRAY[]::text[];
                END IF;
                IF noted IS NOT NULL THEN
                    INSERT INTO ingest_embeddings.change (table_oid, operation, keys) VALUES ({layout.Table.Oid}, TG_OP, noted);
                    PERFORM pg_catalog.pg_notify('{ChangeSql.Channel(layout.Table.Oid)}', '');
                END IF;
                RETURN NULL;
            END $note$
            """;
    }
}
