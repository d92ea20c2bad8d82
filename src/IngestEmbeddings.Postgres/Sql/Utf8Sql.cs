using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Sql;

/// <summary>Which rows of a database in SQL_ASCII can be read: that takes any bytes, and sends a client only what is UTF-8.</summary>
internal static class Utf8Sql
{
    // The well-formed byte sequences of the Unicode Standard, table 3-7, two digits a byte.
    private const string WellFormed =
        "^(?:[0-7].|(?:c[2-9a-f]|d.)[89ab].|e0[ab].[89ab].|e[1-9a-cef][89ab].[89ab].|ed[89].[89ab].|f0[9ab].[89ab].[89ab].|f[1-3][89ab].[89ab].[89ab].|f48.[89ab].[89ab].)*$";

    /// <summary>A further condition: text and key of <c>t</c> are UTF-8; empty where the database takes nothing else.</summary>
    public static string AndReadable(TableLayout layout) => layout.TakesAnyBytes ? And(Texts(layout)) : "";

    /// <summary>A further condition: the key of <c>t</c> is UTF-8; empty where the database takes nothing else.</summary>
    public static string AndReadableKey(TableLayout layout) => layout.TakesAnyBytes ? And(Texts(layout).Skip(1)) : "";

    /// <summary>Records the rows that cannot be read as failed. $1 run, $2 destination, $3 shape of the tables.</summary>
    /// <remarks>A key that is no UTF-8 is kept with its other bytes escaped.</remarks>
    public static string RecordUnreadable(TableLayout layout)
    {
        var text = $"t.{layout.Text.Sql}::text";
        var key = layout.Key.Select(static column => IsText(column) ? Shown($"t.{column.Sql}::text") : $"t.{column.Sql}::text");
        return $"""
            INSERT INTO ingest_embeddings.failed_row (run_id, destination, key, stage, reason, text_hash, shape)
            SELECT $1, $2, ARRAY[{string.Join(", ", key)}], 'read',
                   CASE WHEN {IsValid(text)} THEN 'the key is not UTF-8' ELSE 'the text is not UTF-8' END, {PendingSql.TextHash(layout)}, $3
            FROM {layout.Table.Sql} AS t
            WHERE {text} <> '' AND NOT ({string.Join(" AND ", Texts(layout).Select(IsValid))})
            ON CONFLICT (destination, key) DO NOTHING
            """;
    }

    private static IEnumerable<string> Texts(TableLayout layout) =>
        layout.Key.Where(IsText).Prepend(layout.Text).Select(static column => $"t.{column.Sql}::text");

    private static string And(IEnumerable<string> texts) => string.Concat(texts.Select(static text => $" AND {IsValid(text)}"));

    private static bool IsText(CatalogColumn column) => column.TypeName is "text" or "varchar" or "bpchar" or "citext" or "name";

    private static string IsValid(string text) =>
        $"pg_catalog.encode(pg_catalog.convert_to({text}, 'SQL_ASCII'), 'hex') OPERATOR(pg_catalog.~) '{WellFormed}'";

    private static string Shown(string text) =>
        $"CASE WHEN {IsValid(text)} THEN {text} ELSE pg_catalog.encode(pg_catalog.convert_to({text}, 'SQL_ASCII'), 'escape') END";
}
