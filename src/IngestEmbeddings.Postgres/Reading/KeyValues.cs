using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Wire;
using Npgsql;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>The values of one key column of a window: integers as they are, all else in the server's text form.</summary>
internal abstract class KeyValues
{
    public static KeyValues For(CatalogColumn column, int capacity) =>
        column.IsInteger ? new Integers(capacity) : new Texts(capacity);

    /// <summary>Whether each value so far, taken or passed, was greater than the one before. Known of integers alone.</summary>
    public virtual bool IsAscending => false;

    /// <summary>Takes the value of the next row.</summary>
    public abstract void Add(NpgsqlDataReader reader, int ordinal);

    /// <summary>Passes over the value of the next row.</summary>
    public virtual void Pass(NpgsqlDataReader reader, int ordinal)
    {
    }

    /// <summary>The value as the server spells it.</summary>
    public abstract string Text(int row);

    /// <summary>The values of some rows as an array to send.</summary>
    public abstract NpgsqlParameter Send(IReadOnlyList<int> rows);

    /// <summary>Adds the value of a row to what a COPY sends, as the type of a column.</summary>
    public abstract void AddTo(CopyPayload payload, int row, CatalogColumn column);

    private static NpgsqlParameter Array<T>(List<T> values, IReadOnlyList<int> rows)
    {
        var sent = new T[rows.Count];
        for (var i = 0; i < sent.Length; i++)
        {
            sent[i] = values[rows[i]];
        }

        return Statements.Value(sent);
    }

    private sealed class Integers(int capacity) : KeyValues
    {
        private readonly List<long> _values = new(capacity);

        private long _last = long.MinValue;
        private bool _isAscending = true;

        public override bool IsAscending => _isAscending;

        public override void Add(NpgsqlDataReader reader, int ordinal) => _values.Add(Next(reader, ordinal));

        public override void Pass(NpgsqlDataReader reader, int ordinal) => Next(reader, ordinal);

        public override string Text(int row) => _values[row].ToString(CultureInfo.InvariantCulture);

        public override NpgsqlParameter Send(IReadOnlyList<int> rows) => Array(_values, rows);

        public override void AddTo(CopyPayload payload, int row, CatalogColumn column)
        {
            switch (column.TypeName)
            {
                case "int2":
                    payload.Add((short)_values[row]);
                    break;
                case "int4":
                    payload.Add((int)_values[row]);
                    break;
                default:
                    payload.Add(_values[row]);
                    break;
            }
        }

        private long Next(NpgsqlDataReader reader, int ordinal)
        {
            var value = reader.GetInt64(ordinal);
            _isAscending &= value > _last;
            _last = value;
            return value;
        }
    }

    private sealed class Texts(int capacity) : KeyValues
    {
        private readonly List<string> _values = new(capacity);

        public override void Add(NpgsqlDataReader reader, int ordinal) => _values.Add(reader.GetString(ordinal));

        public override string Text(int row) => _values[row];

        public override NpgsqlParameter Send(IReadOnlyList<int> rows) => Array(_values, rows);

        public override void AddTo(CopyPayload payload, int row, CatalogColumn column)
        {
            if (column.TypeName == "uuid")
            {
                payload.Add(Guid.Parse(_values[row], CultureInfo.InvariantCulture));
            }
            else
            {
                payload.Add(_values[row]);
            }
        }
    }
}
