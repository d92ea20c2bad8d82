using IngestEmbeddings.Rows;
using IngestEmbeddings.Sqlite.Sql;

namespace IngestEmbeddings.Sqlite.Reading;

/// <summary>Rows with their keys. The text that was read is the version of a row.</summary>
internal sealed class SqliteWindow : RowWindow
{
    private readonly object[] _keys;
    private readonly int _keyColumns;
    private readonly IReadOnlyDictionary<int, byte[]> _undecodable;

    /// <param name="keys">The values of all keys, one row after the other.</param>
    /// <param name="keyColumns">The values of one key.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="frequencies">The frequencies; null when they are not counted.</param>
    /// <param name="undecodable">The bytes of texts that are not UTF-8, which their strings do not give back.</param>
    public SqliteWindow(
        object[] keys, int keyColumns, IReadOnlyList<string> texts, IReadOnlyList<int>? frequencies, IReadOnlyDictionary<int, byte[]> undecodable)
        : base(texts, frequencies)
    {
        _keys = keys;
        _keyColumns = keyColumns;
        _undecodable = undecodable;
    }

    /// <summary>The key of the last row.</summary>
    public object[] LastKey => Key(Count - 1).ToArray();

    public ReadOnlySpan<object> Key(int row) => _keys.AsSpan(row * _keyColumns, _keyColumns);

    /// <summary>The text as it was read, to be compared when the row is written: a string, or bytes that are not UTF-8.</summary>
    public object Version(int row) => _undecodable.TryGetValue(row, out var bytes) ? bytes : Texts[row];

    /// <inheritdoc/>
    public override string DescribeKey(int row) => KeyText.Of(Key(row));
}
