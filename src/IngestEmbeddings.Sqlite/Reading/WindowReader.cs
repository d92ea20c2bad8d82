using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Sqlite.State;
using IngestEmbeddings.Stores;
using IngestEmbeddings.Text;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Reading;

/// <summary>The prepared reads of one session.</summary>
internal sealed class WindowReader : IDisposable
{
    private readonly SqliteCommand _first;
    private readonly SqliteCommand _next;
    private readonly SqliteCommand _anyPending;
    private readonly int _keyColumns;
    private readonly bool _frequency;

    public WindowReader(SqliteConnection connection, RowSql row, RunRequest request)
    {
        _keyColumns = row.Layout.Key.Count;
        _frequency = request.Frequency;
        var statements = new ReadStatements(row, request);
        _first = Command(statements.First);
        _next = Command(statements.Next);
        _anyPending = Command(statements.AnyPending);
        for (var i = 0; i < _keyColumns; i++)
        {
            _next.Parameters.AddWithValue($"@k{i}", DBNull.Value);
        }

        SqliteCommand Command(string text) =>
            connection.Command(text, ("@table", row.Layout.Table), ("@blank", BlankCharacters.All), ("@rows", 0));
    }

    /// <summary>Reads pending rows after a key, or from the start when it is null; null when there are none.</summary>
    public SqliteWindow? Read(object[]? after, int maxRows)
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
                // U+FFFD itself, or the replacement of bytes that are not UTF-8: only the bytes tell.
                undecodable.Add(texts.Count, reader.GetFieldValue<byte[]>(_keyColumns));
            }

            texts.Add(text);
            frequencies?.Add(reader.GetInt32(_keyColumns + 1));
        }

        return texts.Count == 0 ? null : new SqliteWindow([.. keys], _keyColumns, texts, frequencies, undecodable) { CutTexts = cut };
    }

    /// <summary>True when any row is pending.</summary>
    public bool AnyPending() => _anyPending.ExecuteScalar() is not null;

    public void Dispose()
    {
        _first.Dispose();
        _next.Dispose();
        _anyPending.Dispose();
    }
}
