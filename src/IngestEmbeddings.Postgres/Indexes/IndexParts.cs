using System.Globalization;
using System.Text.RegularExpressions;
using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Indexes;

/// <summary>An index over vectors as data: enough to build it again, and nothing that is SQL.</summary>
/// <param name="Schema">The schema of the index.</param>
/// <param name="Name">Its name.</param>
/// <param name="Method"><c>hnsw</c> or <c>ivfflat</c>.</param>
/// <param name="OperatorClass">The operator class without its schema; null for the type's default.</param>
/// <param name="Options">Its options, such as <c>m=16</c>.</param>
internal sealed partial record IndexParts(string Schema, string Name, string Method, string? OperatorClass, string[] Options)
{
    /// <summary>What of the column is indexed: null for the column itself, <c>halfvec</c> or <c>bit</c> for an expression.</summary>
    public string? Form { get; init; }

    /// <summary>The dimension of <see cref="Form"/>.</summary>
    public int Dimension { get; init; }

    /// <summary>The name with its schema, quoted by the server.</summary>
    public required string Sql { get; init; }

    /// <summary>What follows the table in the statement that builds the index; null where the parts are none that this tool knows.</summary>
    /// <param name="layout">The table, in whose schema the index is.</param>
    /// <param name="vectorSchema">The schema that pgvector is in, quoted.</param>
    public string? Definition(TableLayout layout, string vectorSchema)
    {
        if (Method is not ("hnsw" or "ivfflat")
            || Schema != layout.VectorTable.Schema
            || (OperatorClass is not null && !OperatorClassName().IsMatch(OperatorClass))
            || !Options.All(option => Option().IsMatch(option))
            || Expression(layout.Vector.Sql, vectorSchema) is not { } expression)
        {
            return null;
        }

        var operators = OperatorClass is null ? "" : $" {vectorSchema}.{OperatorClass}";
        var with = Options.Length == 0 ? "" : $" WITH ({string.Join(", ", Options)})";
        return $"USING {Method} ({expression}{operators}){with}";
    }

    /// <summary>What is indexed, as the server writes it; null for a form that this tool does not know.</summary>
    /// <param name="column">The column, quoted.</param>
    /// <param name="vectorSchema">The schema that pgvector is in, quoted.</param>
    public string? Expression(string column, string vectorSchema) => Form switch
    {
        null => column,
        "halfvec" => string.Create(CultureInfo.InvariantCulture, $"(({column})::{vectorSchema}.halfvec({Dimension}))"),
        "bit" => string.Create(CultureInfo.InvariantCulture, $"(({vectorSchema}.binary_quantize({column}))::pg_catalog.bit({Dimension}))"),
        _ => null,
    };

    /// <summary>Whether an expression of the catalog is the one that <see cref="Definition"/> would index.</summary>
    public bool IsOf(string? expression, TableLayout layout, string vectorSchema) =>
        expression is null ? Form is null : Normalize(expression) == Normalize(Expression(layout.Vector.Sql, vectorSchema) ?? "");

    // The server leaves out schemas of its search path, and has its own mind about parentheses.
    private static string Normalize(string expression) => Noise().Replace(expression, "");

    [GeneratedRegex(@"[()\s]|""?[a-zA-Z0-9_$]+""?\.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Noise();

    [GeneratedRegex(@"\A[a-z0-9_]+_ops\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OperatorClassName();

    [GeneratedRegex(@"\A(m|ef_construction|lists)=[0-9]{1,9}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Option();
}
