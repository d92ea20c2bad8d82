using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;

namespace IngestEmbeddings.Postgres.Changes;

/// <summary>The triggers by which a table notes which of its rows were inserted, changed or deleted.</summary>
/// <remarks>
/// <para>
/// Transition tables are exact for every table and statement, but the server copies each row of an update into them, which takes half
/// as long as the update itself. So a plain table has row triggers for its updates, whose condition skips all but the first rows that a
/// session changes, and a statement trigger that notes "look at every row" where there were more.
/// </para>
/// <para>
/// Nothing is missed: both ask the session's own counter of updated rows, which never falls within a transaction. A row is skipped only
/// when the counter is past the limit, and then it still is when the statement ends. The counter may include updates of the second
/// before; that costs a look.
/// </para>
/// <para>The function runs as its owner: an application needs no right on the tool's schema.</para>
/// </remarks>
internal sealed class ChangeTriggers
{
    /// <summary>What the names of the triggers begin with.</summary>
    public const string Prefix = "ingest_embeddings_note_";

    /// <summary>The updated rows up to which each is noted by itself. A look at every row then costs less than to encode them.</summary>
    public const int MaxNotedRows = 1000;

    private static readonly Trigger[] Others =
    [
        new("insert", "INSERT ON {0} REFERENCING NEW TABLE AS after FOR EACH STATEMENT"),
        new("delete", "DELETE ON {0} REFERENCING OLD TABLE AS before FOR EACH STATEMENT"),
        new("truncate", "TRUNCATE ON {0} FOR EACH STATEMENT"),
    ];

    private readonly Trigger[] _triggers;

    private ChangeTriggers(params ReadOnlySpan<Trigger> ofUpdates) => _triggers = [.. Others, .. ofUpdates];

    /// <summary>For a table whose rows only statements that name it, and the columns that they change, can change.</summary>
    public static ChangeTriggers OfPlainTable { get; } = new(
        new("row", "UPDATE ON {0} FOR EACH ROW WHEN ({1})"),
        new("many", "UPDATE OF {2} ON {0} FOR EACH STATEMENT"));

    /// <summary>For every other table: partitions, child tables, and tables whose own triggers change rows before they are written.</summary>
    public static ChangeTriggers OfAnyTable { get; } = new(
        new Trigger("update", "UPDATE ON {0} REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT"));

    /// <summary>The names of all triggers that a table may have.</summary>
    public static IReadOnlyList<string> AllNames { get; } = [.. OfPlainTable.Names.Union(OfAnyTable.Names)];

    /// <summary>The names of these triggers.</summary>
    public IEnumerable<string> Names => _triggers.Select(static trigger => Prefix + trigger.Name);

    /// <summary>The function that the triggers of a table call.</summary>
    public static string Function(TableLayout layout) => FormattableString.Invariant($"ingest_embeddings.note_change_{layout.Table.Oid}");

    /// <summary>The statements that create the triggers on a table or a partition of it.</summary>
    public IEnumerable<string> CreateOn(string part, TableLayout layout)
    {
        var columns = string.Join(", ", layout.Key.Append(layout.Text).Select(static column => column.Sql));
        return _triggers.Select(trigger =>
            $"CREATE TRIGGER {Prefix}{trigger.Name} AFTER {string.Format(null, trigger.When, part, $"{Counted("NEW.tableoid")} AND ({Differs(layout)})", columns)} EXECUTE FUNCTION {Function(layout)}()");
    }

    /// <summary>The statement that creates the function.</summary>
    public string CreateFunction(TableLayout layout)
    {
        var text = layout.Text.Sql;
        return $"""
            CREATE OR REPLACE FUNCTION {Function(layout)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, MDY' SET intervalstyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1
            AS $note$
            DECLARE
                noted text[] := NULL;
                oldest xid8 := NULL;
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    SELECT pg_catalog.array_agg({Key(layout, "n")}) INTO noted FROM after AS n WHERE n.{text} IS NOT NULL;
                ELSIF TG_OP = 'UPDATE' THEN
                    {(this == OfPlainTable ? NoteCounted(layout) : NoteJoined(layout))}
                ELSIF TG_OP = 'DELETE' THEN
                    SELECT pg_catalog.array_agg({Key(layout, "o")}) INTO noted FROM before AS o;
                ELSE
                    noted := ARRAY[]::text[];
                END IF;
                IF noted IS NOT NULL THEN
                    INSERT INTO ingest_embeddings.change (table_oid, operation, keys, oldest) VALUES ({layout.Table.Oid}, TG_OP, noted, oldest);
                    PERFORM pg_catalog.pg_notify('{ChangeSql.Channel(layout.Table.Oid)}', '');
                END IF;
                RETURN NULL;
            END $note$
            """;
    }

    private static string NoteCounted(TableLayout layout) => $"""
        IF TG_LEVEL = 'STATEMENT' THEN
                        IF NOT {Counted("TG_RELID")} THEN
                            noted := ARRAY[]::text[];
                            oldest := pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot());
                        END IF;
                    ELSIF {Counted("TG_RELID")} THEN
                        noted := ARRAY[{Key(layout, "NEW")}];
                        IF NOT ({SameKey(layout, "OLD", "NEW")}) THEN
                            noted := noted || ARRAY[{Key(layout, "OLD")}];
                        END IF;
                    END IF;
        """;

    // Of an update only rows whose key or text is another by now are noted: the tool's own writes are not.
    private static string NoteJoined(TableLayout layout)
    {
        var first = layout.Key[0].Sql;
        return $"""
            SELECT pg_catalog.array_agg(CASE WHEN n.{first} IS NULL THEN {Key(layout, "o")} ELSE {Key(layout, "n")} END) INTO noted
                    FROM before AS o FULL JOIN after AS n ON {SameKey(layout, "o", "n")}
                    WHERE n.{first} IS NULL OR o.{first} IS NULL OR {Text(layout, "o")} IS DISTINCT FROM {Text(layout, "n")};
            """;
    }

    private static string Counted(string table) =>
        FormattableString.Invariant($"pg_catalog.pg_stat_get_xact_tuples_updated({table}) <= {MaxNotedRows}");

    private static string Differs(TableLayout layout) =>
        $"{Text(layout, "OLD")} IS DISTINCT FROM {Text(layout, "NEW")} OR NOT ({SameKey(layout, "OLD", "NEW")})";

    private static string SameKey(TableLayout layout, string one, string other) =>
        string.Join(" AND ", layout.Key.Select(column => $"{one}.{column.Sql} {KeySql.Operator(column, "=")} {other}.{column.Sql}"));

    private static string Key(TableLayout layout, string row) => $"ARRAY[{string.Join(", ", layout.Key.Select(column => $"{row}.{column.Sql}::text"))}]";

    private static string Text(TableLayout layout, string row) => $"{row}.{layout.Text.Sql}::text COLLATE \"C\"";

    // {0} the table, {1} the condition of a row that changed, {2} the columns that are looked at.
    private sealed record Trigger(string Name, string When);
}
