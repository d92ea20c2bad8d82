namespace IngestEmbeddings.Sqlite.Catalog;

/// <summary>A column as the catalog has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DeclaredType">Its type as declared; may be empty.</param>
/// <param name="KeyPosition">Its position in the primary key, from 1; 0 outside.</param>
internal sealed record Column(string Name, string DeclaredType, int KeyPosition)
{
    // The rules of https://www.sqlite.org/datatype3.html#determination_of_column_affinity.
    public bool HoldsIntegers => Declares("INT");

    public bool HoldsText => !HoldsIntegers && (Declares("CHAR") || Declares("CLOB") || Declares("TEXT"));

    public bool HoldsBlobs => !HoldsIntegers && !HoldsText && Declares("BLOB");

    private bool Declares(string part) => DeclaredType.Contains(part, StringComparison.OrdinalIgnoreCase);
}
