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
        $"""
        SELECT s.model, s.fingerprint, s.dimension, s.at, m.precision, m.prefix, m.max_tokens, m.normalized
        FROM {StateTables.Space} AS s LEFT JOIN {StateTables.Model} AS m ON m.fingerprint = s.fingerprint
        WHERE s."table" = @table AND s."column" = @column AND s.model IS NOT NULL
        """,
        static reader => new VectorOrigin(
            reader.GetString(0), reader.GetString(1), reader.GetInt32(2), DateTimeOffset.Parse(reader.GetString(3), CultureInfo.InvariantCulture))
        {
            Precision = reader.IsDBNull(4) ? null : reader.GetString(4),
            Prompt = reader.IsDBNull(5) ? null : reader.GetString(5),
            MaxTokens = reader.IsDBNull(6) ? null : reader.GetInt32(6),
            Normalized = reader.IsDBNull(7) ? null : reader.GetBoolean(7),
        },
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
        connection.Execute(
            $"INSERT OR REPLACE INTO {StateTables.Model} VALUES (@fingerprint, @precision, @prefix, @tokens, @normalized)",
            ("@fingerprint", encoder.Fingerprint),
            ("@precision", encoder.Precision),
            ("@prefix", encoder.DocumentPrompt),
            ("@tokens", encoder.MaxTokens),
            ("@normalized", encoder.Normalized ? 1 : 0));
    }

    /// <summary>Checks that a model may fill a column. Writes nothing.</summary>
    /// <returns>True when another model, or none, is recorded.</returns>
    /// <exception cref="IngestException">The dimension is another, or the column holds vectors of another model.</exception>
    public static bool Check(SqliteConnection connection, TableLayout layout, EncoderDescription encoder, IIngestObserver observer)
    {
        var recorded = Origins(connection, layout).FirstOrDefault();
        var dimension = Dimension(connection, layout.Table, layout.Embedding) ?? encoder.Dimension;
        var place = $"{layout.Table}.{layout.Embedding}";
        if (dimension != encoder.Dimension)
        {
            throw SqliteFaults.Misconfigured(
                $"{place} holds vectors of dimension {dimension}, and the model {encoder.Model} makes {encoder.Dimension}: "
                + "choose another model, or another column with --embedding-column.");
        }

        if (recorded?.Fingerprint == encoder.Fingerprint)
        {
            return false;
        }

        var filled = connection.Scalar(
            $"SELECT 1 FROM {Identifier.Quote(layout.Table)} WHERE {Identifier.Quote(layout.Embedding)} IS NOT NULL LIMIT 1") is not null;
        if (filled && recorded is not null)
        {
            throw SqliteFaults.Misconfigured(
                $"{place} holds vectors of {recorded.Model} (fingerprint {recorded.Fingerprint}); this run would use {encoder.Model} "
                + $"(fingerprint {encoder.Fingerprint}): {recorded.Difference(encoder)}. "
                + "Vectors of two models cannot be compared: use the first model, or another column (--embedding-column).");
        }

        if (filled)
        {
            observer.Observe(new UnknownVectorsAdopted(place, encoder.Model));
        }

        return true;
    }
}
