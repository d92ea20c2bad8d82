using IngestEmbeddings.Rows;

namespace IngestEmbeddings.Sqlite;

/// <summary>Rows with their keys. The text that was read is their version.</summary>
internal sealed class SqliteRowWindow : RowWindow
{
    private readonly object[] _keys;
    private readonly int _keyColumns;
    private readonly IReadOnlyDictionary<int, byte[]> _undecodable;

    /// <param name="keys">The values of all keys, one row after the other.</param>
    /// <param name="keyColumns">The values of one key.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="frequencies">The frequencies; null when they are not counted.</param>
    /// <param name="undecodable">The bytes of the texts that the strings do not give back.</param>
    public SqliteRowWindow(
        object[] keys, int keyColumns, IReadOnlyList<string> texts, IReadOnlyList<int>? frequencies, IReadOnlyDictionary<int, byte[]> undecodable)
        : base(texts, frequencies)
    {
        _keys = keys;
        _keyColumns = keyColumns;
        _undecodable = undecodable;
    }

    public ReadOnlySpan<object> Key(int row) => _keys.AsSpan(row * _keyColumns, _keyColumns);

    /// <summary>The text as it was read, to be compared when the row is written: a string, or bytes that are no UTF-8.</summary>
    public object Version(int row) => _undecodable.TryGetValue(row, out var bytes) ? bytes : Texts[row];

    /// <inheritdoc/>
    public override string DescribeKey(int row) => RowStatements.DescribeKey(Key(row));
}
