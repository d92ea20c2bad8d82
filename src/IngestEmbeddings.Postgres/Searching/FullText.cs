using System.Text.RegularExpressions;
using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.Searching;

/// <summary>The full text of a table: a column of type <c>tsvector</c>, or an index over <c>to_tsvector</c> of the text.</summary>
/// <param name="Vector">The <c>tsvector</c> of a row <c>t</c>.</param>
/// <param name="Configuration">The text search configuration, as a literal; null: the database's own.</param>
internal sealed partial record FullText(string Vector, string? Configuration)
{
    // What is computed: the default of a generated column, or the expression of an index. Nothing of it is run; the configuration is
    // taken out of it and comes back quoted.
    private const string OfColumn = """
        SELECT quote_ident(a.attname), coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_catalog.pg_attribute a
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'pg_catalog.tsvector'::pg_catalog.regtype
        ORDER BY a.attnum
        LIMIT 1
        """;

    private const string OfIndex = """
        SELECT pg_get_indexdef(i.indexrelid, 1, false)
        FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_am m ON m.oid = c.relam
        WHERE i.indrelid = $1 AND i.indisvalid AND i.indpred IS NULL AND m.amname IN ('gin', 'gist') AND i.indexprs IS NOT NULL
        ORDER BY c.relname
        """;

    /// <summary>The words that are looked for, as a <c>tsquery</c> of the text <c>$1</c>.</summary>
    public string Query => $"pg_catalog.websearch_to_tsquery({(Configuration is null ? "" : $"{Configuration}::pg_catalog.regconfig, ")}$1)";

    /// <summary>Finds the full text of a table.</summary>
    /// <exception cref="IngestException">There is none.</exception>
    public static async Task<FullText> FindAsync(NpgsqlConnection connection, TableLayout layout, CancellationToken cancellationToken)
    {
        var column = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(OfColumn, Statements.Oid(layout.Table.Oid)),
            static row => (Sql: row.GetString(0), Expression: row.GetString(1)),
            cancellationToken);
        if (column.Sql is not null)
        {
            var match = Computed().Match(column.Expression);
            return new FullText(
                $"t.{column.Sql}", match.Success ? await QuoteAsync(connection, match.Groups["configuration"].Value, cancellationToken) : null);
        }

        var indexes = await Statements.ListAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(OfIndex, Statements.Oid(layout.Table.Oid)),
            static row => row.GetString(0),
            cancellationToken);
        foreach (var index in indexes)
        {
            if (IndexOf(index, layout.Text) is var (before, configuration, after)
                && await QuoteAsync(connection, configuration, cancellationToken) is { } quoted)
            {
                return new FullText($"pg_catalog.to_tsvector({quoted}::pg_catalog.regconfig, {before}t.{layout.Text.Sql}{after})", quoted);
            }
        }

        throw new IngestException(
            IngestError.Configuration,
            $"Table {layout.Table.FullName} has no full text for --hybrid: no column of type tsvector, and no index over to_tsvector of {layout.Text.Name}. " +
            $"To make one: CREATE INDEX ON {layout.Table.Sql} USING gin (to_tsvector('simple', {layout.Text.Sql})); " +
            "with 'english' or another language for 'simple' where the texts are of one.");
    }

    // The parts around the column have to be as in the index, or the planner does not take it.
    private static (string Before, string Configuration, string After)? IndexOf(string expression, CatalogColumn text)
    {
        var match = Computed().Match(expression);
        if (!match.Success)
        {
            return null;
        }

        var configuration = match.Groups["configuration"].Value;
        var of = match.Groups["of"].Value;
        return of == text.Sql ? ("", configuration, "")
            : of == $"({text.Sql})::text" ? ("(", configuration, ")::pg_catalog.text")
            : of == $"COALESCE({text.Sql}, ''::text)" ? ("COALESCE(", configuration, ", ''::pg_catalog.text)")
            : null;
    }

    private static Task<string?> QuoteAsync(NpgsqlConnection connection, string configuration, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(
                """
                SELECT quote_literal(format('%I.%I', n.nspname, c.cfgname))
                FROM pg_catalog.pg_ts_config c JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
                WHERE c.oid::pg_catalog.regconfig::text = $1
                """,
                Statements.Value(configuration.Replace("''", "'", StringComparison.Ordinal))),
            static row => row.GetString(0),
            cancellationToken);

    [GeneratedRegex(
        @"\A(?<outer>\()?(pg_catalog\.)?to_tsvector\('(?<configuration>([^']|'')+)'::(pg_catalog\.)?regconfig, (?<of>.+)\)(?(outer)\))\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Computed();
}
