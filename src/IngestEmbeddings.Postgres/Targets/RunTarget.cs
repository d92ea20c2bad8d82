using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>What a run makes of the rows <c>t</c> of a table, and where that goes.</summary>
internal abstract record RunTarget(VectorTarget Vectors)
{
    /// <summary>The table.</summary>
    public TableLayout Layout => Vectors.Layout;

    /// <summary>What is written, as the key of the tool's own records: one run is active for each.</summary>
    public abstract string Destination { get; }

    /// <summary>True when vectors are sent with a batch.</summary>
    public abstract bool SendsVectors { get; }

    /// <summary>True when the row itself is written, so that it gets a new version and its triggers fire.</summary>
    public abstract bool UpdatesRows { get; }

    /// <summary>True when a trigger may change a text while its vector is written, so that texts are sent and compared.</summary>
    public bool ComparesTexts => UpdatesRows && Layout.Table.HasRowTriggers;

    /// <summary>True when a window is read with the hash of each text.</summary>
    public abstract bool ReadsTextHash { get; }

    /// <summary>True when what is pending may be estimated where nothing has been done, and counted while the run is under way.</summary>
    public virtual bool MayEstimate => false;

    /// <summary>The separate table that vectors are inserted into; null where none are.</summary>
    public virtual SideTableVectors? SideTable => null;

    /// <summary>The maximum rows of a key range.</summary>
    public abstract int MaxRangeRows { get; }

    /// <summary>The settings for counting the pending rows.</summary>
    public abstract LocalSettings CountSettings { get; }

    /// <summary>A further condition of a guard by place or version; null where the version says it all.</summary>
    public abstract string? Guard { get; }

    /// <summary>The lock that keeps the rows as they were read until the commit; empty where the write itself, or a hash, does.</summary>
    public virtual string RowLock => "";

    /// <summary>True when new rows can be copied instead of inserted one by one.</summary>
    public abstract bool CanCopy { get; }

    /// <summary>What a run does to a table.</summary>
    public static RunTarget Of(IngestWork work, VectorTarget vectors) => work is EmbedWork embed
        ? new EmbedTarget(vectors with { Changed = embed.Changed })
        : new MeasureTarget(vectors);

    /// <summary>The row is pending.</summary>
    /// <param name="destination">The parameter with the destination; null where no row can have failed.</param>
    /// <param name="blank">The parameter with <see cref="PendingSql.Blank"/>.</param>
    /// <param name="range">Bounds of the key of another table, for the planner.</param>
    public abstract string Pending(string? destination, string blank, KeyBounds? range = null);

    /// <summary>The row's text is not blank and can be read, and the row has not failed. Parameters as <see cref="Pending"/>.</summary>
    protected string Workable(string? destination, string blank) =>
        PendingSql.Workable(Layout, destination, blank) + Utf8Sql.AndReadable(Layout);

    /// <summary>Counts the pending rows where hardly any can be left: after a run.</summary>
    /// <param name="destination">The parameter with the destination; null where no row has failed.</param>
    /// <param name="blank">The parameter with <see cref="PendingSql.Blank"/>.</param>
    /// <returns>A query for the number, and for that of the vectors or metrics rows that rows which are gone have left.</returns>
    public virtual (string Sql, LocalSettings Settings) CountLeft(string? destination, string blank) => Count(destination, blank);

    /// <summary>Counts the pending rows.</summary>
    /// <param name="destination">The parameter with the destination; null where no row has failed.</param>
    /// <param name="blank">The parameter with <see cref="PendingSql.Blank"/>.</param>
    /// <returns>A query for the number, and for that of the vectors or metrics rows that rows which are gone have left.</returns>
    public (string Sql, LocalSettings Settings) Count(string? destination, string blank) =>
        CountInOnePass(Workable(destination, blank), PendingSql.Workable(Layout, destination: null, blank)) is { } sql
            ? (sql, LocalSettings.LongByHash)
            : ($"SELECT count(*), 0::bigint FROM {Layout.Table.Sql} AS t WHERE {Pending(destination, blank)}", CountSettings);

    /// <summary>Counts both numbers in one pass; null where that takes more.</summary>
    protected abstract string? CountInOnePass(string workable, string hasText);

    /// <summary>Named sub-statements that write what is sent, except metrics; the last, <c>written</c>, holds the rows written.</summary>
    public abstract string Write(SentRows rows);
}
