using System.Globalization;
using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Sqlite.Catalog;
using IngestEmbeddings.Sqlite.Faults;
using IngestEmbeddings.Sqlite.Sql;
using IngestEmbeddings.Stores;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Records the dimension of a column's vectors and the model that made them.</summary>
internal static class SpaceRegistry
{
    /// <summary>Finds the dimension that was declared, else that of an existing vector; null when there is neither.</summary>
    public static int? Dimension(SqliteConnection connection, string table, string column)
    {
        var known = connection.Scalar(
                $"SELECT dimension FROM {StateTables.Space} WHERE \"table\" = @table AND \"column\" = @column",
                ("@table", table),
                ("@column", column))
            ?? connection.Scalar(
                $"SELECT length({Identifier.Quote(column)}) / {sizeof(float)} FROM {Identifier.Quote(table)} WHERE {Identifier.Quote(column)} IS NOT NULL LIMIT 1");
        return known is null ? null : Convert.ToInt32(known, CultureInfo.InvariantCulture);
    }

    /// <summary>What made the vectors of a table; none before the first run.</summary>
    public static IReadOnlyList<VectorOrigin> Origins(SqliteConnection connection, TableLayout layout) => connection.Query(
        $"SELECT model, fingerprint, dimension, at FROM {StateTables.Space} WHERE \"table\" = @table AND \"column\" = @column AND model IS NOT NULL",
        static reader => new VectorOrigin(
            reader.GetString(0), reader.GetString(1), reader.GetInt32(2), DateTimeOffset.Parse(reader.GetString(3), CultureInfo.InvariantCulture)),
        ("@table", layout.Table),
        ("@column", layout.Embedding));

    /// <summary>Records the dimension of a column, unless one is known.</summary>
    public static void Declare(SqliteConnection connection, string table, string column, int dimension) => connection.Execute(
        $"""
        INSERT INTO {StateTables.Space}("table", "column", dimension, at) VALUES (@table, @column, @dimension, {StateTables.Now})
        ON CONFLICT DO NOTHING
        """,
        ("@table", table),
        ("@column", column),
        ("@dimension", Dimension(connection, table, column) ?? dimension));

    /// <summary>Records that a model fills a column from now on. Runs inside a write transaction.</summary>
    /// <exception cref="IngestException">The dimension is another, or the column holds vectors of another model.</exception>
    public static void Claim(SqliteConnection connection, TableLayout layout, EncoderDescription encoder, IIngestObserver observer)
    {
        Declare(connection, layout.Table, layout.Embedding, encoder.Dimension);
        if (!Check(connection, layout, encoder, observer))
        {
            return;
        }

        connection.Execute(
            $"""
            UPDATE {StateTables.Space} SET model = @model, fingerprint = @fingerprint, at = {StateTables.Now}
            WHERE "table" = @table AND "column" = @column
            """,
            ("@model", encoder.Model),
            ("@fingerprint", encoder.Fingerprint),
            ("@table", layout.Table),
            ("@column", layout.Embedding));
    }

    /// <summary>Checks that a model may fill a column. Writes nothing.</summary>
    /// <returns>True when another model, or none, is recorded.</returns>
    /// <exception cref="IngestException">The dimension is another, or the column holds vectors of another model.</exception>
    public static bool Check(SqliteConnection connection, TableLayout layout, EncoderDescription encoder, IIngestObserver observer)
    {
        var (dimension, model, fingerprint) = connection.Query(
            $"SELECT dimension, model, fingerprint FROM {StateTables.Space} WHERE \"table\" = @table AND \"column\" = @column",
            static reader => (reader.GetInt32(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)),
            ("@table", layout.Table),
            ("@column", layout.Embedding)).FirstOrDefault((Dimension(connection, layout.Table, layout.Embedding) ?? encoder.Dimension, null, null));
        var place = $"{layout.Table}.{layout.Embedding}";
        if (dimension != encoder.Dimension)
        {
            throw SqliteFaults.Misconfigured(
                $"{place} holds vectors of dimension {dimension}, and the model {encoder.Model} makes {encoder.Dimension}: "
                + "choose another model, or another column with --embedding-column.");
        }

        if (fingerprint == encoder.Fingerprint)
        {
            return false;
        }

        var filled = connection.Scalar(
            $"SELECT 1 FROM {Identifier.Quote(layout.Table)} WHERE {Identifier.Quote(layout.Embedding)} IS NOT NULL LIMIT 1") is not null;
        if (filled && fingerprint is not null)
        {
            throw SqliteFaults.Misconfigured(model == encoder.Model
                ? $"{place} holds vectors of {model} with other settings (fingerprint {fingerprint}, now {encoder.Fingerprint}): "
                    + "go back to those, or name another column with --embedding-column."
                : $"{place} holds vectors of {model}, and {encoder.Model} would mix with them: "
                    + $"choose {model}, or name another column with --embedding-column.");
        }

        if (filled)
        {
            observer.Observe(new UnknownVectorsAdopted(place, encoder.Model));
        }

        return true;
    }
}
