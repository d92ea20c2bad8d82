using IngestEmbeddings.Text;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Finds the key, the text and the vectors among the columns of a table.</summary>
internal static class ColumnFinder
{
    // In order of plausibility; a column whose name ends in "text" comes after them. hawaiiantext is the column of the
    // tables that the tool began with, which have other text columns too.
    private static readonly string[] UsualTextNames =
        ["text", "content", "body", "sentence", "passage", "document", "chunk", "description", "hawaiiantext"];

    /// <summary>The key: the column asked for, or the primary key.</summary>
    public static IReadOnlyList<CatalogColumn> Key(CatalogTable table, string? wanted)
    {
        if (wanted is null)
        {
            if (table is { PrimaryKey: null, DeferrableKey: { } deferrable })
            {
                throw Wrong(
                    $"The primary key of {table.FullName} is DEFERRABLE, so that it cannot tell rows apart within a transaction. Name another column that " +
                    $"is NOT NULL and UNIQUE (--id-column), or make it immediate: ALTER TABLE {table.Sql} DROP CONSTRAINT …, " +
                    $"ADD PRIMARY KEY ({string.Join(", ", deferrable.Select(column => column.Sql))});");
            }

            return table.PrimaryKey ?? throw Wrong(
                $"Table {table.FullName} has no primary key, so its rows cannot be told apart. Add one: " +
                $"ALTER TABLE {table.Sql} ADD PRIMARY KEY (…); or name a column that is NOT NULL and UNIQUE: --id-column.");
        }

        var column = Named(table, wanted, "--id-column");
        if (!table.HasUnique([column]))
        {
            throw Wrong($"Column {column.Name} of {table.FullName} is not unique. Add the constraint: " +
                $"ALTER TABLE {table.Sql} ADD UNIQUE ({column.Sql});");
        }

        return column.NotNull ? [column] : throw Wrong(
            $"Column {column.Name} of {table.FullName} may be NULL. Forbid it: ALTER TABLE {table.Sql} ALTER COLUMN {column.Sql} SET NOT NULL;");
    }

    /// <summary>The text: the column asked for, or the only plausible one.</summary>
    public static CatalogColumn Text(CatalogTable table, IReadOnlyList<CatalogColumn> key, string? wanted)
    {
        if (wanted is not null)
        {
            var column = Named(table, wanted, "--text-column");
            return column.IsText ? column : throw Wrong(
                $"Column {column.Name} of {table.FullName} has type {column.TypeName}; the text must be text or varchar.");
        }

        var candidates = table.Columns.Where(column => column.IsText && !key.Contains(column)).ToList();
        var named = UsualTextNames.Select(name => candidates.Find(column => IsNamed(column, name))).FirstOrDefault(found => found is not null);
        var ending = candidates.FindAll(column => column.Name.EndsWith("text", StringComparison.OrdinalIgnoreCase));
        return candidates switch
        {
            [] => throw Wrong($"Table {table.FullName} has no text column. Name one with --text-column; " +
                $"its columns are {string.Join(", ", table.Columns.Select(column => column.Name))}."),
            [var only] => only,
            _ when named is not null => named,
            _ when ending is [var only] => only,
            _ => throw Wrong($"Table {table.FullName} has several columns that may be the text: " +
                $"{string.Join(", ", candidates.Select(column => column.Name))}. Say which: --text-column {candidates[0].Name}."),
        };
    }

    /// <summary>The vectors: the column asked for, or the only one; null when there is none and none was asked for.</summary>
    public static CatalogColumn? Vector(CatalogTable table, string? wanted)
    {
        if (wanted is not null)
        {
            if (table.Column(wanted) is not { } column)
            {
                return null;
            }

            return column.IsVector || column.TypeName == "bit" ? column : throw Wrong(
                $"Column {column.Name} of {table.FullName} has type {column.TypeName}; embeddings need vector, halfvec or bit.");
        }

        var candidates = table.Columns.Where(column => column.IsVector).ToList();
        return candidates switch
        {
            [] => null,
            [var only] => only,
            _ => candidates.Find(column => IsNamed(column, "embedding")) ?? throw Wrong(
                $"Table {table.FullName} has several vector columns: {string.Join(", ", candidates.Select(column => column.Name))}. " +
                $"Say which: --embedding-column {candidates[0].Name}."),
        };
    }

    private static CatalogColumn Named(CatalogTable table, string name, string option)
    {
        if (table.Column(name) is { } column)
        {
            return column;
        }

        var near = NearNames.Of(name, table.Columns.Select(one => one.Name));
        var hint = near.Count > 0 ? $"Did you mean {string.Join(" or ", near)}?"
            : $"Its columns are {string.Join(", ", table.Columns.Select(one => one.Name))}.";
        throw Wrong($"Table {table.FullName} has no column {name} ({option}). {hint}");
    }

    private static bool IsNamed(CatalogColumn column, string name) =>
        string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase);

    private static IngestException Wrong(string message) => new(IngestError.Configuration, message);
}
