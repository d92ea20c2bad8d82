namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>A column as the catalog has it.</summary>
/// <param name="Name">The name, as it is.</param>
/// <param name="Sql">The name, quoted by the server for use in a statement.</param>
/// <param name="Type">The type with its schema, quoted by the server for use in a cast, such as <c>pg_catalog.int8</c>.</param>
/// <param name="TypeName">The bare name of the type; of a domain, that of its base type.</param>
/// <param name="Modifier">The type's modifier: the dimension of a vector; -1 for none.</param>
/// <param name="NotNull">True when it cannot be NULL.</param>
/// <param name="Generated">True when its values are computed and cannot be written.</param>
internal sealed record CatalogColumn(
    string Name, string Sql, string Type, string TypeName, int Modifier, bool NotNull, bool Generated)
{
    /// <summary>The schema that the type's comparison operators are in, quoted.</summary>
    public string OperatorSchema { get; init; } = "pg_catalog";

    public bool IsVector => TypeName is "vector" or "halfvec" || (TypeName == "bit" && Name == "embedding");

    public bool IsText => TypeName is "text" or "varchar" or "bpchar" or "citext" or "name";

    public bool IsInteger => TypeName is "int2" or "int4" or "int8";
}
