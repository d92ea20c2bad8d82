using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Sqlite;

/// <summary>Rows with their keys. The text that was read is their version.</summary>
internal sealed class SqliteRowWindow : RowWindow
{
    private readonly object[] _keys;
    private readonly int _keyColumns;

    /// <param name="keys">The values of all keys, one row after the other.</param>
    /// <param name="keyColumns">The values of one key.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="frequencies">The frequencies; null when they are not counted.</param>
    public SqliteRowWindow(object[] keys, int keyColumns, IReadOnlyList<string> texts, IReadOnlyList<int>? frequencies)
        : base(texts, frequencies)
    {
        _keys = keys;
        _keyColumns = keyColumns;
    }

    public ReadOnlySpan<object> Key(int row) => _keys.AsSpan(row * _keyColumns, _keyColumns);

    /// <inheritdoc/>
    public override string DescribeKey(int row) => RowStatements.DescribeKey(Key(row));
}
