using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Documents;

/// <summary>The statements over a table of documents <c>t</c> and its chunks <c>c</c>.</summary>
/// <param name="documents">The table with the documents.</param>
/// <param name="key">Its key.</param>
/// <param name="text">Its text.</param>
/// <param name="chunks">The table with the chunks, quoted with its schema.</param>
internal sealed class DocumentSql(CatalogTable documents, IReadOnlyList<CatalogColumn> key, CatalogColumn text, string chunks)
{
    private readonly KeySql _key = new(key);

    private readonly IReadOnlyList<CatalogColumn> _columns =
        [.. key.Select(column => column with { Sql = Identifier.Quote(ChunkNames.KeyName(documents.Name, column.Name)) })];

    private string Text => $"t.{text.Sql}::pg_catalog.text";

    private string Hash => $"""pg_catalog.hashtextextended({Text} COLLATE "C", 0)""";

    private string Columns => string.Join(", ", _columns.Select(static column => column.Sql));

    // $2 the blank characters.
    private string HasText => $"pg_catalog.btrim({Text}, $2) <> ''";

    private string IsOf => string.Join(" AND ", _columns.Select((column, index) => $"c.{column.Sql} {KeySql.Operator(column, "=")} t.{key[index].Sql}"));

    // $1 the key of the document.
    private string IsOfKey => string.Join(" AND ", _columns.Select((column, index) => $"c.{column.Sql} {KeySql.Operator(column, "=")} ($1)[{index + 1}]::{column.Type}"));

    private string Pending =>
        $"{HasText} AND NOT EXISTS (SELECT FROM {chunks} AS c WHERE {IsOf} AND c.ordinal = 1 AND c.source_hash = {Hash})";

    /// <summary>Creates the table of the chunks. The constraint is checked at the end of a statement: ordinals move.</summary>
    public string Create => $"""
        CREATE TABLE {chunks} (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            {string.Join(", ", _columns.Select(static column => $"{column.Sql} {column.Type} NOT NULL"))},
            ordinal integer NOT NULL, start integer NOT NULL, length integer NOT NULL, text text NOT NULL, source_hash bigint,
            UNIQUE ({Columns}, ordinal) DEFERRABLE
        )
        """;

    /// <summary>Counts the documents that are to be split. $1 NULL, $2 the blank characters.</summary>
    public string Count => $"SELECT pg_catalog.count(*) FROM {documents.Sql} AS t WHERE $1::pg_catalog.text[] IS NULL AND {Pending}";

    /// <summary>Reads the next documents that are to be split. $1 the key after which, $2 the blank characters, $3 rows.</summary>
    public string Read(bool isFirst) => $"""
        SELECT {_key.AsArray}, {Text}, t.xmin, {Hash}
        FROM {documents.Sql} AS t
        WHERE {(isFirst ? "$1::pg_catalog.text[] IS NULL" : _key.After("$1"))} AND {Pending}
        ORDER BY {_key.Columns}
        LIMIT $3
        """;

    /// <summary>The chunks of a document. $1 its key.</summary>
    public string ReadChunks => $"SELECT c.id, c.start, c.length, c.text FROM {chunks} AS c WHERE {IsOfKey} ORDER BY c.ordinal, c.id";

    /// <summary>Lets processes take turns at a document. $1 its key, $2 the table of the chunks.</summary>
    public static string Lock =>
        "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(pg_catalog.concat($2, ' ', $1::pg_catalog.text[]::pg_catalog.text), 7016997182206734953))";

    /// <summary>Whether document and chunks are as they were read. $1 the key, $2 the version, $3 the ids of the chunks.</summary>
    public string IsUnchanged => $"""
        SELECT EXISTS (SELECT FROM {documents.Sql} AS t WHERE {_key.Is("$1")} AND t.xmin = ANY($2))
           AND coalesce((SELECT pg_catalog.array_agg(c.id ORDER BY c.ordinal, c.id) FROM {chunks} AS c WHERE {IsOfKey}), ARRAY[]::pg_catalog.int8[]) = $3
        """;

    /// <summary>Deletes the chunks of a document that are not kept. $1 its key, $2 the ids of those kept.</summary>
    public string Delete => $"DELETE FROM {chunks} AS c WHERE {IsOfKey} AND NOT c.id = ANY($2)";

    /// <summary>Moves the chunks that are kept. $1 ids, $2 ordinals, $3 starts, $4 the hash of the document.</summary>
    public string Move => $"""
        UPDATE {chunks} AS c SET ordinal = u.ordinal, start = u.start, source_hash = $4
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u(id, ordinal, start)
        WHERE c.id = u.id
        """;

    /// <summary>Inserts chunks. $1 the key, $2 ordinals, $3 starts, $4 lengths, $5 texts, $6 the hash of the document.</summary>
    public string Insert => $"""
        INSERT INTO {chunks} ({Columns}, ordinal, start, length, text, source_hash)
        SELECT {string.Join(", ", _columns.Select(static (column, index) => $"($1)[{index + 1}]::{column.Type}"))}, u.ordinal, u.start, u.length, u.text, $6
        FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5)) AS u(ordinal, start, length, text)
        """;

    /// <summary>Deletes the chunks of documents that are gone or have no text. $1 NULL, $2 the blank characters.</summary>
    public string Prune => $"DELETE FROM {chunks} AS c WHERE $1::pg_catalog.text[] IS NULL AND {IsOrphan}";

    /// <summary>Deletes all chunks.</summary>
    public string Clear => $"DELETE FROM {chunks}";

    /// <summary>The keys of the documents that are to be split. $1 NULL, $2 the blank characters.</summary>
    public string FindPending => Found(_key.AsTexts, $"{documents.Sql} AS t", Pending);

    /// <summary>The keys of chunks without a document. $1 NULL, $2 the blank characters.</summary>
    public string FindOrphans => Found(AsTexts, $"{chunks} AS c", IsOrphan);

    /// <summary>The keys of documents of which a chunk has another text than theirs. $1 NULL, $2 the blank characters.</summary>
    public string FindDifferent => Found(
        AsTexts,
        $"{chunks} AS c JOIN {documents.Sql} AS t ON {IsOf}",
        $"{HasText} AND c.source_hash = {Hash} AND {IsDifferent("c")}");

    /// <summary>The statement that makes documents be split again of which chunks have another text.</summary>
    public string ForgetDifferent => $"""
        UPDATE {chunks} AS c SET source_hash = NULL FROM {documents.Sql} AS t WHERE {IsOf} AND EXISTS (SELECT FROM {chunks} AS d WHERE {string.Join(" AND ", _columns.Select(static column => $"d.{column.Sql} {KeySql.Operator(column, "=")} c.{column.Sql}"))} AND {IsDifferent("d")});
        """;

    // The chunk, or it after its headings and an empty line.
    private string IsDifferent(string chunk) =>
        $"""(pg_catalog.substr({Text}, {chunk}.start, {chunk}.length) COLLATE "C" = ANY(ARRAY[{chunk}.text, CASE WHEN pg_catalog.strpos({chunk}.text, pg_catalog.concat(pg_catalog.chr(10), pg_catalog.chr(10), pg_catalog.right({chunk}.text, {chunk}.length))) > 0 THEN pg_catalog.right({chunk}.text, {chunk}.length) END])) IS NOT TRUE""";

    private string AsTexts => string.Join(", ", _columns.Select(static column => $"c.{column.Sql}::pg_catalog.text"));

    private string IsOrphan => $"NOT EXISTS (SELECT FROM {documents.Sql} AS t WHERE {IsOf} AND {HasText})";

    private static string Found(string keys, string from, string condition) => $"""
        SELECT pg_catalog.concat_ws(', ', {keys}), pg_catalog.count(*) OVER ()
        FROM {from}
        WHERE $1::pg_catalog.text[] IS NULL AND {condition}
        LIMIT 20
        """;
}
