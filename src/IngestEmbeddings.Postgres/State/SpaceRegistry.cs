using IngestEmbeddings.Encoding;
using IngestEmbeddings.Events;
using IngestEmbeddings.Postgres.Targets;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Keeps, for each column, which model made its vectors: vectors of two models cannot be compared.</summary>
internal sealed class SpaceRegistry(VectorTarget vectors, IIngestObserver observer)
{
    /// <summary>What <see cref="Read"/> reads.</summary>
    public const string Columns = "model, fingerprint, dimension, recorded_at, precision, prefix, max_tokens, normalized";

    private const string Look = $"SELECT {Columns} FROM ingest_embeddings.space WHERE destination = $1";

    private const string Find = $"{Look} FOR UPDATE";

    private const string Record = """
        INSERT INTO ingest_embeddings.space
            (destination, model, fingerprint, dimension, normalized, prefix, max_tokens, precision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (destination) DO UPDATE
        SET model = excluded.model, fingerprint = excluded.fingerprint, dimension = excluded.dimension,
            normalized = excluded.normalized, prefix = excluded.prefix, max_tokens = excluded.max_tokens,
            precision = excluded.precision, recorded_at = now()
        """;

    /// <summary>Checks that the column may be filled by an encoder, and records it.</summary>
    /// <param name="connection">
    /// The connection, in the transaction that joins the run: no other run over the column starts before it is committed, and
    /// nothing is recorded where it is refused.
    /// </param>
    /// <param name="encoder">The encoder.</param>
    /// <param name="replaces">True: existing vectors will be replaced, so any model may have made them.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    /// <exception cref="IngestException">The column has vectors of another model, or of another dimension.</exception>
    public async Task CheckAsync(
        NpgsqlConnection connection, EncoderDescription encoder, bool replaces, CancellationToken cancellationToken)
    {
        if (await IsOtherAsync(connection, Find, encoder, replaces, cancellationToken))
        {
            await RecordAsync(connection, encoder, cancellationToken);
        }
    }

    /// <summary>Checks the same without a lock, and records nothing.</summary>
    /// <exception cref="IngestException">The column has vectors of another model, or of another dimension.</exception>
    public Task PreviewAsync(NpgsqlConnection connection, EncoderDescription encoder, bool replaces, bool isRecorded, CancellationToken cancellationToken) =>
        IsOtherAsync(connection, isRecorded ? Look : null, encoder, replaces, cancellationToken);

    /// <summary>True when the encoder fits and is not the one that is recorded.</summary>
    private async Task<bool> IsOtherAsync(
        NpgsqlConnection connection, string? find, EncoderDescription encoder, bool replaces, CancellationToken cancellationToken)
    {
        var layout = vectors.Layout;
        if (layout.Dimension is { } dimension && dimension != encoder.Dimension)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"Column {layout.Vector.Name} of {layout.VectorTable.FullName} is {layout.VectorType}, and model {encoder.Model} makes vectors " +
                $"of {encoder.Dimension} components. Use a model of {dimension}, or another column: --embedding-column.");
        }

        var recorded = find is null ? null : await Statements.FirstAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(find, Statements.Value(vectors.Destination)),
            Read,
            cancellationToken);
        if (recorded?.Fingerprint == encoder.Fingerprint)
        {
            return false;
        }

        if (!replaces && await HasVectorsAsync(connection, cancellationToken))
        {
            RefuseOrTell(recorded, encoder);
        }

        return true;
    }

    /// <summary>A row of <see cref="Columns"/>.</summary>
    public static VectorOrigin Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetFieldValue<DateTimeOffset>(3))
        {
            Precision = row.GetString(4), Prompt = row.GetString(5), MaxTokens = row.IsDBNull(6) ? null : row.GetInt32(6), Normalized = row.GetBoolean(7),
        };

    private void RefuseOrTell(VectorOrigin? recorded, EncoderDescription encoder)
    {
        if (recorded is not null)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The vectors of {vectors.FullName} were made by model {recorded.Model} " +
                $"(fingerprint {recorded.Fingerprint}); this run would use {encoder.Model} (fingerprint {encoder.Fingerprint}): {recorded.Difference(encoder)}. " +
                "Vectors of two models cannot be compared: use the first model, another column (--embedding-column), or replace them all: --reembed.");
        }

        observer.Observe(new UnknownVectorsAdopted(vectors.FullName, encoder.Model));
    }

    private Task<bool> HasVectorsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Statements.FirstAsync(
            connection,
            LocalSettings.Long,
            Statements.Command(vectors.AnyVector),
            static row => row.GetBoolean(0),
            cancellationToken);

    private Task<int> RecordAsync(NpgsqlConnection connection, EncoderDescription encoder, CancellationToken cancellationToken)
    {
        var command = Statements.Command(
            Record,
            Statements.Value(vectors.Destination),
            Statements.Value(encoder.Model),
            Statements.Value(encoder.Fingerprint),
            Statements.Value(encoder.Dimension),
            Statements.Value(encoder.Normalized),
            Statements.Value(encoder.DocumentPrompt),
            Statements.Value(encoder.MaxTokens),
            Statements.Value(encoder.Precision));
        return Statements.ExecuteAsync(connection, LocalSettings.Short, command, cancellationToken);
    }
}
