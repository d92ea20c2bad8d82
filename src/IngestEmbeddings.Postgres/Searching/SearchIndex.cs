using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Searching;

namespace IngestEmbeddings.Postgres.Searching;

/// <summary>How the distance to a vector is written, so that an index over the vectors may serve it.</summary>
/// <param name="Index">The index; null where there is none that serves.</param>
/// <param name="Order">The expression by whose value rows are ordered.</param>
/// <param name="Score">The score, as an expression over the row.</param>
internal sealed record SearchIndex(VectorIndex? Index, string Order, string Score)
{
    // Of an index over bits, which is coarse, that many times the rows that are wanted are compared again.
    private const int Rescored = 20;

    /// <summary>The rows that are taken from the index for each that is wanted; more than 1 where they are ordered again.</summary>
    public int Oversampling { get; private init; } = 1;

    /// <summary>The setting of a search that looks at some candidates; of an index by lists, at the share of its lists that stands for them.</summary>
    public string SettingFor(int candidates) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Index?.Parts.Method == "ivfflat" ? $"ivfflat.probes = {ListsFor(candidates)}" : $"hnsw.ef_search = {candidates}")}");

    /// <summary>The lists to look at instead of some candidates.</summary>
    public int ListsFor(int candidates) => Math.Max(1, Lists * candidates / NearestQuery.DefaultCandidates);

    /// <summary>The lists to look at, of an index by lists.</summary>
    private int Lists => Index?.Parts.Options.FirstOrDefault(static option => option.StartsWith("lists=", StringComparison.Ordinal)) is { } lists
        ? (int)Math.Ceiling(Math.Sqrt(int.Parse(lists["lists=".Length..], CultureInfo.InvariantCulture)))
        : 1;

    /// <summary>Chooses the index that serves best, of those that are whole and valid.</summary>
    /// <param name="indexes">The indexes over the column.</param>
    /// <param name="column">The column.</param>
    /// <param name="value">The vector of a row.</param>
    /// <param name="normalized">True where all vectors have length 1: an index of any distance then gives the same order.</param>
    /// <param name="vectorSchema">The schema that pgvector is in, quoted.</param>
    public static SearchIndex Choose(
        IReadOnlyList<VectorIndex> indexes, CatalogColumn column, string value, bool normalized, string vectorSchema)
    {
        if (column.TypeName == "bit")
        {
            var distance = $"{value} OPERATOR({vectorSchema}.<~>) $1";
            var dimension = column.Modifier > 0
                ? column.Modifier.ToString(CultureInfo.InvariantCulture)
                : $"pg_catalog.length({value})";
            return new SearchIndex(
                indexes.FirstOrDefault(static index => Serves(index, null) && Distance(index) == "hamming"),
                distance,
                $"1 - ({distance}) / {dimension}");
        }

        // The cosine of a vector without a length is not a number, which would sort last and be found all the same.
        var score = $"1 - ({value} OPERATOR({vectorSchema}.<=>) $1)";
        var plain = indexes.FirstOrDefault(index => Serves(index, null) && Operator(index, normalized) is not null)
            ?? indexes.FirstOrDefault(index => Serves(index, "halfvec") && Operator(index, normalized) is not null);
        if (plain is not null)
        {
            var sent = plain.Parts.Form is null ? "$1" : string.Create(CultureInfo.InvariantCulture, $"$1::{vectorSchema}.halfvec({plain.Parts.Dimension})");
            return new SearchIndex(
                plain, $"{plain.Parts.Expression(value, vectorSchema)} OPERATOR({vectorSchema}.{Operator(plain, normalized)}) {sent}", score);
        }

        var bits = indexes.FirstOrDefault(static index => Serves(index, "bit") && Distance(index) == "hamming");
        return bits is null
            ? new SearchIndex(null, $"{value} OPERATOR({vectorSchema}.<=>) $1", score)
            : new SearchIndex(
                bits,
                $"{bits.Parts.Expression(value, vectorSchema)} OPERATOR({vectorSchema}.<~>) {bits.Parts.Expression("$1", vectorSchema)}",
                score)
            {
                Oversampling = Rescored,
            };
    }

    private static bool Serves(VectorIndex index, string? form) => index is { IsValid: true, IsPlain: true } && index.Parts.Form == form;

    private static string? Operator(VectorIndex index, bool normalized) => Distance(index) switch
    {
        "cosine" => "<=>",
        "l2" when normalized => "<->",
        "ip" when normalized => "<#>",
        _ => null,
    };

    private static string Distance(VectorIndex index) => index.Parts.OperatorClass?.Split('_') is [_, var distance, "ops"] ? distance : "";
}
