using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Stores;

namespace IngestEmbeddings;

/// <summary>Finds the rows of a table whose texts are near to a text. Reads only. Safe for use by several threads.</summary>
/// <param name="table">The table.</param>
/// <param name="encoder">The model that made its vectors; null where only rows like another are looked for. The caller disposes it.</param>
public sealed class TableSearch(IIngestTable table, IEncoder? encoder = null)
{
    /// <summary>Finds the nearest rows of each of some texts. Each is encoded with the model's prompt for queries.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How many rows, and how.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>The rows of each text, in the order of the texts.</returns>
    /// <exception cref="IngestException">The model does not fit the column, or a text cannot be encoded.</exception>
    public async Task<IReadOnlyList<RowsFound>> FindAsync(
        IReadOnlyList<string> texts, SearchOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        using var vectors = await EncodeAsync(texts, cancellationToken);
        var found = new List<RowsFound>(texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            found.Add(await FindAsync(texts[i], vectors.RowMemory(i), options, cancellationToken));
        }

        return found;
    }

    /// <summary>Finds the nearest rows of a row, without that row.</summary>
    /// <param name="key">The key of the row as text, a value for each key column.</param>
    /// <param name="options">How many rows; <see cref="SearchOptions.Hybrid"/> is not for this.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">There is no such row, or it has no vector.</exception>
    public async Task<RowsFound> FindLikeAsync(
        IReadOnlyList<string> key, SearchOptions options, CancellationToken cancellationToken = default) =>
        await table.Search.FindAsync(await LikeAsync(key, options, cancellationToken), cancellationToken);

    /// <summary>The statements that <see cref="FindAsync(IReadOnlyList{string}, SearchOptions, CancellationToken)"/> runs for a text.</summary>
    public async Task<IReadOnlyList<string>> DescribeAsync(
        string text, SearchOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var vectors = await EncodeAsync([text], cancellationToken);
        var statements = new List<string> { await table.Search.DescribeAsync(Nearest(vectors.RowMemory(0), options), cancellationToken) };
        if (options.Hybrid)
        {
            statements.Add(await table.Search.DescribeAsync(Matching(text, options), cancellationToken));
        }

        return statements;
    }

    /// <summary>The statement that <see cref="FindLikeAsync"/> runs for a row.</summary>
    public async Task<string> DescribeLikeAsync(
        IReadOnlyList<string> key, SearchOptions options, CancellationToken cancellationToken = default) =>
        await table.Search.DescribeAsync(await LikeAsync(key, options, cancellationToken), cancellationToken);

    private async Task<RowsFound> FindAsync(
        string text, ReadOnlyMemory<float> vector, SearchOptions options, CancellationToken cancellationToken)
    {
        var nearest = await table.Search.FindAsync(Nearest(vector, options), cancellationToken);
        if (!options.Hybrid)
        {
            return nearest;
        }

        var matching = await table.Search.FindAsync(Matching(text, options), cancellationToken);
        return nearest with { Rows = RankFusion.Fuse([nearest.Rows, matching.Rows], options.Top) };
    }

    private NearestQuery Nearest(ReadOnlyMemory<float> vector, SearchOptions options) => new(vector)
    {
        Top = options.Hybrid ? RankFusion.Depth(options.Top) : options.Top,
        Columns = options.Columns,
        Exact = options.Exact,
        Model = encoder?.Description.Identity,
        Normalized = encoder?.Description.Normalized ?? false,
    };

    private static MatchQuery Matching(string text, SearchOptions options) =>
        new(text) { Top = RankFusion.Depth(options.Top), Columns = options.Columns };

    private async Task<NearestQuery> LikeAsync(IReadOnlyList<string> key, SearchOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var vector = await table.Search.ReadVectorAsync(key, encoder?.Description.Identity, cancellationToken) ?? throw new IngestException(
            IngestError.Configuration,
            $"{table.Description.Name} has no row with the key {string.Join(", ", key)}, or the row has no vector.");
        return Nearest(vector, options with { Hybrid = false }) with { Without = key };
    }

    private async Task<VectorBlock> EncodeAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var model = encoder ?? throw new InvalidOperationException("A search for texts needs a model.");
        var description = model.Description;
        if (table.Description.Dimension is { } dimension && dimension != description.Dimension)
        {
            throw new IngestException(
                IngestError.Configuration,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{table.Description.EmbeddingColumn} of {table.Description.Name} has vectors of {dimension} dimensions, and {description.Model} makes {description.Dimension}: search with the model that made them (--model)."));
        }

        var vectors = new VectorBlock(texts.Count, description.Dimension);
        try
        {
            await model.EncodeAsync(texts, TextRole.Query, vectors, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < texts.Count; i++)
            {
                if (!vectors.IsEncoded(i))
                {
                    throw new IngestException(
                        IngestError.Data,
                        string.Create(CultureInfo.InvariantCulture, $"Text {i + 1} of the search cannot be encoded: {vectors.Failure(i)}"));
                }
            }

            return vectors;
        }
        catch
        {
            vectors.Dispose();
            throw;
        }
    }
}
