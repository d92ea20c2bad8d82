using System.Text.RegularExpressions;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Searching;

/// <summary>The full text of a table: an FTS5 table whose content it is.</summary>
/// <param name="Table">The name of the FTS5 table.</param>
/// <param name="Column">Its column of the text.</param>
/// <param name="RowId">The column of the table that its row ids are.</param>
internal sealed partial record FullText(string Table, string Column, string RowId)
{
    /// <summary>Finds the full text of a table.</summary>
    /// <exception cref="IngestException">There is none.</exception>
    public static FullText Find(SqliteConnection connection, TableLayout layout)
    {
        var tables = connection.Query(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%' ORDER BY name",
            static reader => (Name: reader.GetString(0), Sql: reader.GetString(1)));
        foreach (var (name, sql) in tables)
        {
            if (Content().Match(sql) is { Success: true } content
                && CatalogReader.Same(Unquote(content.Groups["table"].Value), layout.Table)
                && CatalogReader.Columns(connection, name).FirstOrDefault(column => CatalogReader.Same(column.Name, layout.Text)) is { } text)
            {
                var rowId = ContentRowId().Match(sql) is { Success: true } named ? Unquote(named.Groups["column"].Value) : "rowid";
                return new FullText(name, text.Name, rowId);
            }
        }

        var table = Identifier.Quote(layout.Table + "_fts");
        var key = layout.Key is [{ HoldsIntegers: true } only] ? $", content_rowid={Literal(only.Name)}" : "";
        throw SqliteFaults.Misconfigured(
            $"The table {layout.Table} has no full text for --hybrid: no FTS5 table has it for its content. "
            + $"To make one: CREATE VIRTUAL TABLE {table} USING fts5({Identifier.Quote(layout.Text)}, content={Literal(layout.Table)}{key}); "
            + $"INSERT INTO {table}({table}) VALUES ('rebuild');");
    }

    /// <summary>Words as FTS5 takes them: each a phrase of its own, all of which a row must have; empty where there are none.</summary>
    public string Query(string words)
    {
        var phrases = Word().Matches(words).Select(static word => $"\"{word.Value}\"").ToList();
        return phrases.Count == 0 ? "" : $"{Identifier.Quote(Column)} : ({string.Join(' ', phrases)})";
    }

    private static string Literal(string name) => $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Unquote(string name) => name is ['\'' or '"' or '`', .., '\'' or '"' or '`']
        ? name[1..^1].Replace(new string(name[0], 2), name[..1], StringComparison.Ordinal)
        : name is ['[', .., ']'] ? name[1..^1] : name;

    private const string Name = """('([^']|'')+'|"([^"]|"")+"|`[^`]+`|\[[^\]]+\]|\w+)""";

    [GeneratedRegex($@"USING\s+fts5\s*\(.*\bcontent\s*=\s*(?<table>{Name})", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Content();

    [GeneratedRegex($@"\bcontent_rowid\s*=\s*(?<column>{Name})", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContentRowId();

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}_]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
