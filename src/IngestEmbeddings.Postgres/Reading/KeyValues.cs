using System.Globalization;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.State;
using Npgsql;

namespace IngestEmbeddings.Postgres.Reading;

/// <summary>The values of one key column of a window: integers as they are, all else in the server's text form.</summary>
internal abstract class KeyValues
{
    public static KeyValues For(CatalogColumn column, int capacity) =>
        column.IsInteger ? new Integers(capacity) : new Texts(capacity);

    /// <summary>Takes the value of the next row.</summary>
    public abstract void Add(NpgsqlDataReader reader, int ordinal);

    /// <summary>The value as the server spells it.</summary>
    public abstract string Text(int row);

    /// <summary>The values of some rows as an array to send.</summary>
    public abstract NpgsqlParameter Send(IReadOnlyList<int> rows);

    /// <summary>Writes the value of a row to a COPY in binary, as the type of its column.</summary>
    public abstract Task CopyAsync(NpgsqlBinaryImporter copy, int row, CatalogColumn column, CancellationToken cancellationToken);

    private sealed class Integers(int capacity) : KeyValues
    {
        private readonly List<long> _values = new(capacity);

        public override void Add(NpgsqlDataReader reader, int ordinal) => _values.Add(reader.GetInt64(ordinal));

        public override string Text(int row) => _values[row].ToString(CultureInfo.InvariantCulture);

        public override NpgsqlParameter Send(IReadOnlyList<int> rows)
        {
            var values = new long[rows.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = _values[rows[i]];
            }

            return Statements.Value(values);
        }

        public override Task CopyAsync(NpgsqlBinaryImporter copy, int row, CatalogColumn column, CancellationToken cancellationToken) =>
            column.TypeName switch
            {
                "int2" => copy.WriteAsync((short)_values[row], cancellationToken),
                "int4" => copy.WriteAsync((int)_values[row], cancellationToken),
                _ => copy.WriteAsync(_values[row], cancellationToken),
            };
    }

    private sealed class Texts(int capacity) : KeyValues
    {
        private readonly List<string> _values = new(capacity);

        public override void Add(NpgsqlDataReader reader, int ordinal) => _values.Add(reader.GetString(ordinal));

        public override string Text(int row) => _values[row];

        public override NpgsqlParameter Send(IReadOnlyList<int> rows)
        {
            var values = new string[rows.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = _values[rows[i]];
            }

            return Statements.Value(values);
        }

        public override Task CopyAsync(NpgsqlBinaryImporter copy, int row, CatalogColumn column, CancellationToken cancellationToken) =>
            column.TypeName == "uuid"
                ? copy.WriteAsync(Guid.Parse(_values[row], CultureInfo.InvariantCulture), cancellationToken)
                : copy.WriteAsync(_values[row], cancellationToken);
    }
}
