using IngestEmbeddings.Text;
using IngestEmbeddings.Rows;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite;

/// <summary>The prepared reads of one session.</summary>
internal sealed class RowReader : IDisposable
{
    private readonly SqliteCommand _first;
    private readonly SqliteCommand _next;
    private readonly SqliteCommand _anyPending;
    private readonly int _keyColumns;
    private readonly bool _frequency;

    public RowReader(SqliteConnection connection, TableLayout layout, RowStatements statements, bool frequency)
    {
        _keyColumns = layout.Key.Count;
        _frequency = frequency;
        _first = Command(statements.ReadFirst);
        _next = Command(statements.ReadNext);
        _anyPending = Command(statements.AnyPending);
        for (var i = 0; i < _keyColumns; i++)
        {
            _next.Parameters.AddWithValue($"@k{i}", DBNull.Value);
        }

        SqliteCommand Command(string text) =>
            connection.Command(text, ("@table", layout.Table), ("@blank", RowStatements.Blank), ("@rows", 0));
    }

    /// <summary>Reads the pending rows after a key, or from the start; null when there are none.</summary>
    public SqliteRowWindow? Read(object[]? after, int maxRows)
    {
        var command = after is null ? _first : _next;
        command.Parameters["@rows"].Value = maxRows;
        for (var i = 0; i < after?.Length; i++)
        {
            command.Parameters[$"@k{i}"].Value = after[i];
        }

        var keys = new List<object>(maxRows * _keyColumns);
        var texts = new List<string>(maxRows);
        var frequencies = _frequency ? new List<int>(maxRows) : null;
        var undecodable = new Dictionary<int, byte[]>();
        var cut = 0;
        var size = 0;
        using var reader = command.ExecuteReader();
        while (size < TextLimits.FullWindow && reader.Read())
        {
            for (var i = 0; i < _keyColumns; i++)
            {
                keys.Add(reader.GetValue(i));
            }

            var text = TextLimits.Cut(reader.GetString(_keyColumns), ref cut);
            size += text.Length;
            if (text.Contains('\uFFFD', StringComparison.Ordinal))
            {
                // Either the character itself, or what stands for bytes that are no UTF-8. The bytes tell both.
                undecodable.Add(texts.Count, reader.GetFieldValue<byte[]>(_keyColumns));
            }

            texts.Add(text);
            frequencies?.Add(reader.GetInt32(_keyColumns + 1));
        }

        return texts.Count == 0 ? null : new SqliteRowWindow([.. keys], _keyColumns, texts, frequencies, undecodable) { CutTexts = cut };
    }

    public bool AnyPending() => _anyPending.ExecuteScalar() is not null;

    public void Dispose()
    {
        _first.Dispose();
        _next.Dispose();
        _anyPending.Dispose();
    }
}
