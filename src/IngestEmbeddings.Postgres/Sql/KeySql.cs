using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Sql;

/// <summary>SQL that names, compares and joins the key of a table <c>t</c>.</summary>
/// <remarks>
/// Keys leave and enter the server as text and are compared only there, as their own type and in their column's collation,
/// by row comparison, for which a B-tree over the key is used.
/// </remarks>
internal sealed class KeySql(IReadOnlyList<CatalogColumn> key)
{
    /// <summary>The number of key columns.</summary>
    public int Count => key.Count;

    /// <summary><c>t.a, t.b</c></summary>
    public string Columns => Join(column => "t." + column.Sql);

    /// <summary><c>t.a::text, t.b::text</c></summary>
    public string AsTexts => Join(column => $"t.{column.Sql}::text");

    /// <summary>One text, as messages show a key: <c>42</c> or <c>(7, haw)</c>.</summary>
    public string AsShown => Count == 1 ? AsTexts : $"'(' || {string.Join(" || ', ' || ", key.Select(column => $"t.{column.Sql}::text"))} || ')'";

    /// <summary><c>t.a::int8, t.b::text</c>: integers are sent as such, which saves both sides the text form.</summary>
    public string AsRead => Join(column => $"t.{column.Sql}::{(column.IsInteger ? "int8" : "text")}");

    /// <summary><c>ARRAY[t.a::text, t.b::text]</c></summary>
    public string AsArray => $"ARRAY[{AsTexts}]";

    /// <summary><c>t.a DESC, t.b DESC</c></summary>
    public string Descending => Join(column => $"t.{column.Sql} DESC");

    /// <summary><c>k1, k2</c>: the names of the key columns in sets of rows that are sent.</summary>
    public string Sent => string.Join(", ", Enumerable.Range(1, Count).Select(number => $"k{number}"));

    /// <summary><c>t.a AS k1, t.b AS k2</c></summary>
    public string ColumnsAsSent => string.Join(", ", key.Select((column, index) => $"t.{column.Sql} AS k{index + 1}"));

    /// <summary><c>t.a = u.k1::int8 AND t.b = u.k2::text</c>, each operator with its schema</summary>
    public string EqualsSent => string.Join(" AND ", key.Select((column, index) => $"t.{column.Sql} {Operator(column, "=")} u.k{index + 1}::{column.Type}"));

    /// <summary>Keys that were sent as texts, each once, as a set with the columns <c>k1</c>, <c>k2</c>, ….</summary>
    /// <param name="first">The number of the first parameter; each column has one.</param>
    public string Listed(int first) =>
        $"(SELECT DISTINCT {string.Join(", ", Enumerable.Range(0, Count).Select(index => $"pg_catalog.unnest(${first + index}::text[]) AS k{index + 1}"))} OFFSET 0)";

    /// <summary>The keys that a key range lists, as a set with the columns <c>k1</c>, <c>k2</c>, ….</summary>
    /// <param name="run">The parameter with the run.</param>
    /// <param name="number">The parameter with the number of the range.</param>
    public string ListedBy(string run, string number) =>
        $"(SELECT {string.Join(", ", Enumerable.Range(1, Count).Select(index => $"r.keys[place][{index}] AS k{index}"))} " +
        $"FROM ingest_embeddings.key_range AS r CROSS JOIN LATERAL pg_catalog.generate_subscripts(r.keys, 1) AS place WHERE r.run_id = {run} AND r.no = {number} OFFSET 0)";

    /// <summary><c>ROW(t.a, t.b) &gt; ROW(($1)[1]::int8, ($1)[2]::text)</c></summary>
    public string After(string array) => Compare("t", ">", array);

    /// <summary><c>ROW(t.a, t.b) &lt;= ROW(($1)[1]::int8, ($1)[2]::text)</c></summary>
    public string UpTo(string array) => Compare("t", "<=", array);

    /// <summary><c>t.a = ($1)[1]::int8 AND t.b = ($1)[2]::text</c></summary>
    public string Is(string array) => string.Join(
        " AND ", key.Select((column, index) => $"t.{column.Sql} {Operator(column, "=")} ({array})[{index + 1}]::{column.Type}"));

    /// <summary>At or after a key, in the table <paramref name="table"/>.</summary>
    public string From(string table, string array) => Compare(table, ">=", array);

    /// <summary><see cref="After(string)"/> for a table with another name than <c>t</c>.</summary>
    public string After(string table, string array) => Compare(table, ">", array);

    /// <summary><see cref="UpTo(string)"/> for a table with another name than <c>t</c>.</summary>
    public string UpTo(string table, string array) => Compare(table, "<=", array);

    /// <summary>An operator of a column's type, with its schema: no other role's operator is found by it.</summary>
    public static string Operator(CatalogColumn column, string name) => $"OPERATOR({column.OperatorSchema}.{name})";

    private string Compare(string table, string comparison, string array)
    {
        string Value(int index) => $"({array})[{index + 1}]::{key[index].Type}";
        if (key.All(column => column.OperatorSchema == key[0].OperatorSchema))
        {
            var columns = string.Join(", ", key.Select(column => $"{table}.{column.Sql}"));
            var values = string.Join(", ", key.Select((_, index) => Value(index)));
            return key.Count == 1
                ? $"{columns} {Operator(key[0], comparison)} {values}"
                : $"ROW({columns}) {Operator(key[0], comparison)} ROW({values})";
        }

        // A row comparison takes the operators of one schema. Written out, an index still serves the first column.
        var last = key.Count - 1;
        var result = $"{table}.{key[last].Sql} {Operator(key[last], comparison)} {Value(last)}";
        for (var index = last - 1; index >= 0; index--)
        {
            var column = $"{table}.{key[index].Sql}";
            var strict = comparison[..1];
            result = $"{column} {Operator(key[index], strict + "=")} {Value(index)} AND " +
                $"({column} {Operator(key[index], strict)} {Value(index)} OR ({result}))";
        }

        return $"({result})";
    }

    private string Join(Func<CatalogColumn, string> piece) => string.Join(", ", key.Select(piece));
}
