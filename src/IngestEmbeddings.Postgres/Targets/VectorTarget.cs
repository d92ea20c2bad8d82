using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Where the vectors of a table are kept, as SQL over its rows <c>t</c>: in a column of it, or in a separate table.</summary>
internal abstract record VectorTarget(TableLayout Layout)
{
    /// <summary>
    /// When the run that replaces vectors began, as an expression of SQL: older vectors count as missing. Null: any vector counts.
    /// </summary>
    public string? ReplacedSince { get; init; }

    /// <summary>What is done with rows whose text is another than that of their vector.</summary>
    public ChangedTexts Changed { get; init; }

    /// <summary>The table that the vectors are in.</summary>
    public CatalogTable Table => Layout.VectorTable;

    /// <summary>The column that the vectors are in.</summary>
    public CatalogColumn Column => Layout.Vector;

    /// <summary>The column for messages.</summary>
    public string FullName => $"{Table.FullName}.{Column.Name}";

    /// <summary>The column, quoted, and for one of several models its name: what a run and the model's record are kept under.</summary>
    public abstract string Destination { get; }

    /// <summary>True when each vector is stored with the hash of its text.</summary>
    public abstract bool KeepsTextHash { get; }

    /// <summary>True when replaced vectors can be told from the others.</summary>
    public abstract bool CanReplace { get; }

    /// <summary>The row has a vector, of the model where one is named, of its text or of an older one.</summary>
    public abstract string Present { get; }

    /// <summary><see cref="Present"/>, where a row in the version that was read may have lost its vector; null where it cannot.</summary>
    public abstract string? StillPresent { get; }

    /// <summary>Whether there is any vector, as a query.</summary>
    public abstract string AnyVector { get; }

    /// <summary>The table's rows <c>t</c> joined with their vectors, for FROM.</summary>
    public abstract string Source { get; }

    /// <summary><see cref="Source"/> with the rows <c>t</c> that have no vector.</summary>
    public abstract string OuterSource { get; }

    /// <summary>Whether the vector of a row of <see cref="Source"/> is of its present text; NULL where that is not known.</summary>
    public abstract string IsCurrent { get; }

    /// <summary>The vector of a row of <see cref="Source"/>.</summary>
    public abstract string Value { get; }

    /// <summary>The vector of a row of <see cref="Source"/> is there, and of the model where one is named.</summary>
    public abstract string HasValue { get; }

    /// <summary>The settings for counting the rows without a vector.</summary>
    public abstract LocalSettings CountSettings { get; }

    /// <summary>The vectors of a layout.</summary>
    public static VectorTarget Of(TableLayout layout) =>
        layout.Side is { } side ? new SideTableVectors(layout, side) : new ColumnVectors(layout);

    /// <summary>The same, of a table whose triggers have been looked at.</summary>
    public VectorTarget WithRowTriggers(bool hasRowTriggers) =>
        this with { Layout = Layout with { Table = Layout.Table with { HasRowTriggers = hasRowTriggers } } };

    /// <summary>What the destination of each model begins with, where vectors of several are kept; null where they are not.</summary>
    public virtual string? DestinationOfModels => null;

    /// <summary>The vectors of one model, where those of several are kept.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="model">The name that they lie under.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public abstract ValueTask<VectorTarget> ForModelAsync(NpgsqlConnection connection, string model, CancellationToken cancellationToken);

    /// <summary>The row has no vector of its present text; in a run that replaces vectors, none written since it began.</summary>
    /// <param name="range">Bounds of the vectors' key, for the planner.</param>
    public abstract string Absent(KeyBounds? range);

    /// <summary>
    /// Counts, in one pass, the rows without a vector of their present text, and what rows that are gone have left behind. Null
    /// where that takes more than one pass.
    /// </summary>
    /// <param name="workable">The row has a text and has not failed.</param>
    /// <param name="hasText">The row has a text.</param>
    public abstract string? CountInOnePass(string workable, string hasText);

    /// <summary>
    /// Named sub-statements that write vectors; the last, <c>written</c>, holds the rows written with their metrics and the hash of
    /// their text, <c>text_hash</c>.
    /// </summary>
    public abstract string Write(SentRows rows);
}

/// <summary>The rows of a batch in a statement, known as <c>u</c>.</summary>
/// <param name="From">The set that they were sent as.</param>
/// <param name="IsUnchanged">Joins them with the rows <c>t</c> that are still the version that was read.</param>
/// <param name="Metrics">Their metrics, and the place in the batch, to be kept in the set of the rows written.</param>
internal sealed record SentRows(string From, string IsUnchanged, string Metrics);
