using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Postgres.Indexes;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Postgres.Wire;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Text;
using Npgsql;

namespace IngestEmbeddings.Postgres.Searching;

/// <summary>Finds rows of a table by one statement, which may use an index.</summary>
/// <param name="source">Opens connections.</param>
/// <param name="target">Where the vectors are.</param>
internal sealed class RowSearch(ConnectionSource source, VectorTarget target) : IRowSearch
{
    private static readonly Version Iterative = new(0, 8);

    public Task<RowsFound> FindAsync(RowQuery query, CancellationToken cancellationToken) =>
        RunAsync((open, token) => FindAsync(open, query, token), cancellationToken);

    public Task<string> DescribeAsync(RowQuery query, CancellationToken cancellationToken) =>
        RunAsync(
            async (open, token) =>
            {
                var statement = await PrepareAsync(open, query, token);
                return $"PREPARE search ({string.Join(", ", statement.Parameters.Select(static one => one.Type))}) AS\n{statement.Sql};\n"
                    + $"EXECUTE search({string.Join(", ", statement.Parameters.Select(static one => one.Text))});";
            },
            cancellationToken);

    public async Task<float[]?> ReadVectorAsync(IReadOnlyList<string> key, ModelIdentity? model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Count != target.Layout.Key.Count)
        {
            return null;
        }

        try
        {
            var found = await RunAsync(
                async (open, token) => await Statements.ListAsync(
                    open,
                    LocalSettings.Short,
                    Statements.Command(new SearchSql(await OfModelAsync(open, model, token), []).VectorOf, Statements.Key([.. key])),
                    static row => VectorValues.Read(row.GetValue(0)),
                    token),
                cancellationToken);
            return found.Count < 2 ? found.FirstOrDefault() : throw new IngestException(
                IngestError.Configuration, $"{target.Table.FullName} has vectors of several models: say which with --model.");
        }
        catch (IngestException refused) when (refused.InnerException is PostgresFault { Kind: FaultKind.Data })
        {
            // A text that is no value of the key's type is the key of no row.
            return null;
        }
    }

    private async Task<RowsFound> FindAsync(NpgsqlConnection connection, RowQuery query, CancellationToken cancellationToken)
    {
        var statement = await PrepareAsync(connection, query, cancellationToken);
        var isIndexed = statement.Index is not null && await UsesIndexAsync(connection, statement, cancellationToken);
        var rows = await Statements.ListAsync(connection, statement.Settings, statement.Command(), row => Read(row, query.Columns.Count), cancellationToken);
        return new RowsFound([.. rows.Where(static row => !double.IsNaN(row.Score))])
        {
            Index = isIndexed ? statement.Index : null, Setting = isIndexed ? statement.Setting : null,
        };
    }

    private static FoundRow Read(NpgsqlDataReader row, int columns)
    {
        var cut = 0;
        return new FoundRow(row.GetFieldValue<string[]>(0), row.GetDouble(1), TextLimits.Cut(row.GetString(2), ref cut))
        {
            Columns = [.. Enumerable.Range(3, columns).Select(row.GetString)],
        };
    }

    // The planner reads a small table faster than its index.
    private static async Task<bool> UsesIndexAsync(NpgsqlConnection connection, SearchStatement statement, CancellationToken cancellationToken)
    {
        var plan = await Statements.ListAsync(
            connection, statement.Settings, statement.Command("EXPLAIN "), static row => row.GetString(0), cancellationToken);
        return plan.Exists(static line => line.TrimStart().StartsWith("Order By:", StringComparison.Ordinal));
    }

    private async Task<SearchStatement> PrepareAsync(NpgsqlConnection connection, RowQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var columns = SearchColumn.Find(target.Layout, query.Columns);
        var rows = new StatementParameter("int8", Statements.Value((long)query.Top), query.Top.ToString(CultureInfo.InvariantCulture));
        if (query is MatchQuery match)
        {
            var text = await FullText.FindAsync(connection, target.Layout, cancellationToken);
            return new SearchStatement(
                new SearchSql(target, columns).Matching(text),
                LocalSettings.Long,
                [new StatementParameter("text", Statements.Value(match.Words), Literal(match.Words)), rows]);
        }

        return await PrepareAsync(connection, (NearestQuery)query, (columns, rows), cancellationToken);
    }

    private async Task<SearchStatement> PrepareAsync(
        NpgsqlConnection connection, NearestQuery query, (IReadOnlyList<SearchColumn> Columns, StatementParameter Rows) parts,
        CancellationToken cancellationToken)
    {
        var vectors = await OfModelAsync(connection, query.Model, cancellationToken);
        var column = vectors.Column;
        if (vectors.Layout.Dimension is { } dimension && dimension != query.Vector.Length)
        {
            throw new IngestException(
                IngestError.Configuration,
                string.Create(CultureInfo.InvariantCulture, $"{vectors.FullName} has vectors of {dimension} components, not of {query.Vector.Length}."));
        }

        var vectorSchema = await VectorIndexCatalog.VectorSchemaAsync(connection, cancellationToken);
        var indexes = query.Exact ? [] : await VectorIndexCatalog.ListAsync(connection, vectors.Layout, cancellationToken);
        var index = SearchIndex.Choose(indexes, column, vectors.Value, query.Normalized, vectorSchema);
        var vector = new StatementParameter(
            column.TypeName == "bit" ? "pg_catalog.varbit" : $"{vectorSchema}.{column.TypeName}",
            VectorValues.Create(column, query.Vector),
            $"'{VectorValues.Text(column, query.Vector.Span)}'");
        var without = query.Without is { } key
            ? new StatementParameter("text[]", Statements.Key([.. key]), $"ARRAY[{string.Join(", ", key.Select(Literal))}]")
            : null;
        return new SearchStatement(
            new SearchSql(vectors, parts.Columns).Nearest(index, without is not null),
            index.Index is null ? LocalSettings.ExactSearch : await SettingsAsync(connection, index, query, cancellationToken),
            without is null ? [vector, parts.Rows] : [vector, parts.Rows, without])
        {
            Index = index.Index?.Sql, Setting = index.SettingFor(CandidatesOf(query, index)),
        };
    }

    private static async Task<LocalSettings> SettingsAsync(
        NpgsqlConnection connection, SearchIndex index, NearestQuery query, CancellationToken cancellationToken)
    {
        var version = await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector'"),
            static row => row.GetString(0),
            cancellationToken);
        var candidates = CandidatesOf(query, index);
        return LocalSettings.IndexSearch(
            candidates,
            index.ListsFor(query.Candidates ?? NearestQuery.DefaultCandidates),
            goesOn: Version.TryParse(version, out var pgvector) && pgvector >= Iterative,
            isForced: query.Candidates is not null);
    }

    private static int CandidatesOf(NearestQuery query, SearchIndex index) => query.Candidates
        ?? (int)Math.Clamp(2L * query.Top * index.Oversampling, NearestQuery.DefaultCandidates, NearestQuery.MaxCandidates);

    private ValueTask<VectorTarget> OfModelAsync(NpgsqlConnection connection, ModelIdentity? model, CancellationToken cancellationToken) =>
        model is null ? ValueTask.FromResult(target) : ModelNames.OfModelAsync(connection, target, model, cancellationToken);

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        source.Border.RunAsync(async () =>
        {
            await using var connection = new RetryingConnection(source, patience: Patience.Command);
            return await connection.RunAsync((open, _, token) => work(open, token), cancellationToken);
        });
}

/// <summary>A statement with its parameters, to be run or shown.</summary>
internal sealed record SearchStatement(string Sql, LocalSettings Settings, IReadOnlyList<StatementParameter> Parameters)
{
    /// <summary>The index over the vectors that the statement is written for, quoted; null for none.</summary>
    public string? Index { get; init; }

    /// <summary>The setting with which it is searched; null for none.</summary>
    public string? Setting { get; init; }

    /// <summary>The statement as a command.</summary>
    /// <param name="before">What stands before it.</param>
    public NpgsqlBatchCommand Command(string before = "") =>
        Statements.Command(before + Sql, [.. Parameters.Select(static parameter => parameter.Value.Clone())]);
}

/// <summary>A parameter.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Value">Its value.</param>
/// <param name="Text">Its value as a literal.</param>
internal sealed record StatementParameter(string Type, NpgsqlParameter Value, string Text);
