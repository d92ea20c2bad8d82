using IngestEmbeddings.Postgres.Sql;

namespace IngestEmbeddings.Postgres.Targets;

/// <summary>Vectors, and metrics with them, for rows without a vector.</summary>
internal sealed record EmbedTarget(VectorTarget Vectors) : RunTarget(Vectors)
{
    public override string Destination => Vectors.Destination;

    public override bool SendsVectors => true;

    public override bool UpdatesRows => SideTable is null;

    public override bool ReadsTextHash => Vectors.KeepsTextHash;

    public override SideTableVectors? SideTable => Vectors as SideTableVectors;

    public override int MaxRangeRows => 4096;

    public override LocalSettings CountSettings => Vectors.CountSettings;

    public override string? Guard => null;

    public override bool CanCopy => SideTable is { Model: not null, ReplacedSince: null };

    public override string Pending(string? destination, string blank, KeyBounds? range = null) =>
        $"{Vectors.Absent(range)} AND {Workable(destination, blank)}";

    public override string Write(SentRows rows) => Vectors.Write(rows);

    protected override string? CountInOnePass(string workable, string hasText) => Vectors.CountInOnePass(workable, hasText);
}
