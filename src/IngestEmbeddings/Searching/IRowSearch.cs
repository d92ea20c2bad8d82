using IngestEmbeddings.Encoding;

namespace IngestEmbeddings.Searching;

/// <summary>Finds rows of a table. Reads only. Safe for use by several threads.</summary>
public interface IRowSearch
{
    /// <summary>Finds rows, the best first.</summary>
    /// <param name="query">What is looked for.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">
    /// A column of <see cref="RowQuery.Columns"/> does not exist, the vector has another dimension than the column, or the table has
    /// no full text.
    /// </exception>
    Task<RowsFound> FindAsync(RowQuery query, CancellationToken cancellationToken);

    /// <summary>The statement that <see cref="FindAsync"/> runs for a query, with its parameters. Does not run it.</summary>
    /// <inheritdoc cref="FindAsync"/>
    Task<string> DescribeAsync(RowQuery query, CancellationToken cancellationToken);

    /// <summary>Reads the vector of a row, its components as single precision; of a <c>bit</c>, 1 and -1.</summary>
    /// <param name="key">The key as text, a value for each key column.</param>
    /// <param name="model">Whose vector, where those of several models are kept; null: any.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <returns>Null when there is no such row, or it has no vector.</returns>
    Task<float[]?> ReadVectorAsync(IReadOnlyList<string> key, ModelIdentity? model, CancellationToken cancellationToken);
}
