using IngestEmbeddings.Sqlite.Reading;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Writing;

/// <summary>A prepared statement about one row; its parameters are looked up once.</summary>
internal sealed class RowCommand : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteParameter _text;
    private readonly SqliteParameter[] _key;
    private readonly SqliteParameter[] _values;

    /// <param name="connection">What it runs on.</param>
    /// <param name="sql">The statement, with <c>@text</c> and <c>@k0</c>, <c>@k1</c>, … for the row.</param>
    /// <param name="keyColumns">The columns of a key.</param>
    /// <param name="values">The names of its other parameters.</param>
    public RowCommand(SqliteConnection connection, string sql, int keyColumns, params IReadOnlyList<string> values)
    {
        _command = connection.Command(sql);
        _text = _command.Parameters.AddWithValue("@text", DBNull.Value);
        _key = [.. Enumerable.Range(0, keyColumns).Select(column => _command.Parameters.AddWithValue($"@k{column}", DBNull.Value))];
        _values = [.. values.Select(name => _command.Parameters.AddWithValue(name, DBNull.Value))];
    }

    /// <summary>Runs the statement.</summary>
    /// <param name="window">The window of the row.</param>
    /// <param name="row">Its index there.</param>
    /// <param name="values">The values of the other parameters, in the order of their names; null for NULL.</param>
    /// <returns>How many rows it changed.</returns>
    public int Execute(SqliteWindow window, int row, params ReadOnlySpan<object?> values)
    {
        Bind(window, row, values);
        return _command.ExecuteNonQuery();
    }

    /// <summary>Compiles the statement without running it.</summary>
    public void Compile() => _command.Prepare();

    /// <summary>Runs a query.</summary>
    /// <returns>True when it gives a row.</returns>
    public bool Finds(SqliteWindow window, int row)
    {
        Bind(window, row);
        return _command.ExecuteScalar() is not null;
    }

    public void Dispose() => _command.Dispose();

    private void Bind(SqliteWindow window, int row, params ReadOnlySpan<object?> values)
    {
        _text.Value = window.Version(row);
        var key = window.Key(row);
        for (var column = 0; column < key.Length; column++)
        {
            _key[column].Value = key[column];
        }

        for (var value = 0; value < values.Length; value++)
        {
            _values[value].Value = values[value] ?? DBNull.Value;
        }
    }
}
