using IngestEmbeddings.Metrics;
using IngestEmbeddings.Stores;
using Xunit;

namespace IngestEmbeddings.Tests.Conformance;

/// <summary>What the conformance suites need of a store beyond its contract. One a test class; constructing it does nothing.</summary>
/// <remarks>
/// Rows are named by ordinals, which are in key order whatever the kind of key. With the kind <c>integer</c> the key is the
/// ordinal itself. A store whose prerequisite is missing skips in <see cref="IAsyncLifetime.InitializeAsync"/>.
/// </remarks>
public interface IStoreFixture : IAsyncLifetime
{
    /// <summary>The class of the store.</summary>
    Type StoreType { get; }

    /// <summary>The open store. Replaced by <see cref="ResetAsync"/> and <see cref="ReopenAsync"/>.</summary>
    IStore Store { get; }

    /// <summary>The kinds of key that the store takes; <c>integer</c> first.</summary>
    IReadOnlyList<string> KeyKinds { get; }

    /// <summary>The layouts of vectors that the store has; single precision in a column first.</summary>
    IReadOnlyList<VectorLayout> Layouts { get; }

    /// <summary>Opens the store on an empty database. Called before each test.</summary>
    Task ResetAsync();

    /// <summary>Disposes the store and opens it again on the same database, as the next process would.</summary>
    Task ReopenAsync();

    /// <summary>Creates a table with its rows behind the store's back.</summary>
    Task CreateTableAsync(TableSpec spec);

    /// <summary>Inserts a row into the first text column.</summary>
    Task InsertAsync(string table, int ordinal, string? text);

    /// <summary>Changes the first text column of a row.</summary>
    Task UpdateTextAsync(string table, int ordinal, string? text);

    /// <summary>Deletes a row.</summary>
    Task DeleteAsync(string table, int ordinal);

    /// <summary>Sets the first vector column of a row; null empties it.</summary>
    Task SetVectorAsync(string table, int ordinal, float[]? vector);

    /// <summary>Deletes every row of the table's metrics table.</summary>
    Task ClearMetricsAsync(string table);

    /// <summary>The rows by ordinal, as they are in the database.</summary>
    Task<IReadOnlyDictionary<int, StoredRow>> ReadAsync(string table);

    /// <summary>How many vectors and how many metrics rows there are, whether or not of a row that exists.</summary>
    Task<(long Vectors, long Metrics)> CountStoredAsync(string table);

    /// <summary>Each failed row as one line: all its columns.</summary>
    Task<IReadOnlyList<string>> ReadFailedRowsAsync();

    /// <summary>The key of an ordinal in the form that messages show.</summary>
    string DescribeKey(string table, int ordinal);
}

/// <summary>A table to create.</summary>
/// <param name="Name">Its name, without a schema.</param>
public sealed record TableSpec(string Name)
{
    /// <summary>One of the store's kinds of key; null for a table without a key.</summary>
    public string? KeyKind { get; init; } = "integer";

    /// <summary>The text columns, in order.</summary>
    public IReadOnlyList<string> TextColumns { get; init; } = ["text"];

    /// <summary>The vector columns, in order.</summary>
    public IReadOnlyList<string> VectorColumns { get; init; } = ["embedding"];

    /// <summary>The dimension of the vector columns.</summary>
    public int Dimension { get; init; } = 4;

    /// <summary>Where and in which form the vectors are kept.</summary>
    public VectorLayout Layout { get; init; }

    /// <summary>True to create the metrics table as well.</summary>
    public bool HasMetrics { get; init; } = true;

    /// <summary>The texts of the rows with the ordinals 1, 2, 3, …</summary>
    public IReadOnlyList<string?> Texts { get; init; } = [];
}

/// <summary>A row as it is in the database.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Vector">Its vector; null when it has none.</param>
/// <param name="Metrics">Its metrics; null when it has no row in the metrics table.</param>
public sealed record StoredRow(string? Text, float[]? Vector, TextMetrics? Metrics)
{
    /// <summary>True when every hash that is kept of the row's text is that of the text it has now.</summary>
    public bool HasCurrentHash { get; init; }
}

/// <summary>Where and in which form vectors are kept.</summary>
public readonly record struct VectorLayout(VectorPlace Place, VectorForm Form)
{
    /// <summary>A vector as it reads after it was kept in this form.</summary>
    public float[] Kept(float[] vector) => Form switch
    {
        VectorForm.Half => [.. vector.Select(static component => (float)(Half)component)],
        VectorForm.Sign => [.. vector.Select(static component => component > 0 ? 1f : 0f)],
        _ => vector,
    };
}
