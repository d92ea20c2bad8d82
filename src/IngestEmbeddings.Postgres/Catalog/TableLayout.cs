using IngestEmbeddings.Events;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Catalog;

/// <summary>Everything that the statements over a table need to know of it.</summary>
internal sealed record TableLayout
{
    public required CatalogTable Table { get; init; }

    public required IReadOnlyList<CatalogColumn> Key { get; init; }

    public required CatalogColumn Text { get; init; }

    public required CatalogColumn Vector { get; init; }

    public required MetricsLayout Metrics { get; init; }

    /// <summary>The separate table that <see cref="Vector"/> is a column of; null: it is a column of this one.</summary>
    public SideTable? Side { get; init; }

    /// <summary>The table as the user named it, for commands that are suggested.</summary>
    public required string Requested { get; init; }

    /// <summary>True where the database is in SQL_ASCII, so that texts and keys may hold bytes that are no UTF-8.</summary>
    public bool TakesAnyBytes { get; init; }

    /// <summary>Why a changed text is not noticed; null where it is.</summary>
    public ChangesUnnoticed? ChangesUnnoticed { get; init; }

    /// <summary>The dimension of the vectors; null when the column takes any.</summary>
    public int? Dimension => Vector.Modifier > 0 ? Vector.Modifier : null;

    public string VectorType => Dimension is { } dimension ? $"{Vector.TypeName}({dimension})" : Vector.TypeName;

    /// <summary>The table that the vectors are in.</summary>
    public CatalogTable VectorTable => Side?.Table ?? Table;

    /// <summary>What rows are read from: a run over another table, key or text cannot be resumed with this one.</summary>
    public string Source => $"{Table.Oid} ({string.Join(", ", Key.Select(column => $"{column.Sql} {column.Type}"))}) {Text.Sql}";

    /// <exception cref="IngestException">Something is missing; the message names it and the next step.</exception>
    public static async Task<TableLayout> FindAsync(
        NpgsqlConnection connection, TableRequest request, CancellationToken cancellationToken)
    {
        var table = await TableFinder.FindAsync(connection, request, cancellationToken);
        var key = ColumnFinder.Key(table, request.IdColumn);
        var text = ColumnFinder.Text(table, key, request.TextColumn);
        var side = request.EmbeddingColumn is null ? await FindSideAsync(connection, table, key, cancellationToken) : null;
        var vector = side?.Vector ?? ColumnFinder.Vector(table, request.EmbeddingColumn) ?? throw new IngestException(
            IngestError.Configuration,
            $"Table {table.FullName} has no vector column{(request.EmbeddingColumn is { } name ? " " + name : "")}.")
        {
            Suggestion = new Suggestion("To add one", "init", request.Table),
        };
        var layout = new TableLayout
        {
            TakesAnyBytes = connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding == "SQL_ASCII",
            Requested = request.Table,
            Table = table,
            Key = key,
            Text = text,
            Vector = vector,
            Side = side,
            Metrics = MetricsLayout.None(key),
            ChangesUnnoticed = side is null ? ChangesUnnoticed.WithoutMetrics(table.FullName, request.Table) : null,
        };
        if (request.WithoutMetrics)
        {
            return layout;
        }

        var metricsName = MetricsNames.TableName(table.Name);
        var metrics = await TableFinder.TryFindExactAsync(connection, table.Schema, metricsName, cancellationToken)
            ?? throw new IngestException(
                IngestError.Configuration, $"There is no metrics table {table.Schema}.{metricsName}. For embeddings alone: --metrics none.")
            {
                Suggestion = new Suggestion("To create it", "init", request.Table),
            };
        return layout with
        {
            Metrics = MetricsLayout.Of(
                request, table, key, metrics, side is null ? MetricsLayout.HashName(table, vector.Name) : MetricsNames.TextHash.Name),
            ChangesUnnoticed = side is null ? Unnoticed(request, table, metrics, MetricsLayout.HashName(table, vector.Name)) : null,
        };
    }

    private static ChangesUnnoticed? Unnoticed(TableRequest request, CatalogTable table, CatalogTable metrics, string hashName) =>
        metrics.Column(hashName) switch
        {
            null => new ChangesUnnoticed(
                table.FullName, $"{metrics.FullName} has no column {hashName}", new Suggestion("To add it", "init", request.Table)),
            { TypeName: "int8" } => null,
            { } other => new ChangesUnnoticed(
                table.FullName,
                $"column {hashName} of {metrics.FullName} is {other.TypeName}, not bigint",
                new Suggestion("Rename it, and add another", "init", request.Table)),
        };

    private static async Task<SideTable?> FindSideAsync(
        NpgsqlConnection connection, CatalogTable table, IReadOnlyList<CatalogColumn> key, CancellationToken cancellationToken)
    {
        var found = await TableFinder.TryFindExactAsync(connection, table.Schema, SideTable.TableName(table.Name), cancellationToken);
        return found is null ? null : SideTable.TryOf(found, key);
    }

    public TableDescription Describe() => new()
    {
        Name = Table.FullName,
        KeyColumns = [.. Key.Select(column => column.Name)],
        TextColumn = Text.Name,
        EmbeddingColumn = Side is null ? Vector.Name : $"{Side.Table.Name}.{Vector.Name}",
        VectorType = VectorType,
        KeepsModelsApart = Side is not null,
        Dimension = Dimension,
        MetricsTable = Metrics.IsNone ? null : Metrics.Table.FullName,
        ChangesUnnoticed = ChangesUnnoticed,
        DocumentColumns = ChunkNames.DocumentColumns([.. Table.Columns.Select(column => column.Name)]),
    };
}
