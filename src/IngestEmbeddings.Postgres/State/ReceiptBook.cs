using IngestEmbeddings.Postgres.Catalog;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Keeps the receipts of a table's runs.</summary>
internal sealed class ReceiptBook(TableLayout layout)
{
    /// <summary>The receipts that are kept of each table.</summary>
    public const int Kept = 100;

    /// <summary>The table.</summary>
    public const string Create = """
        CREATE TABLE ingest_embeddings.receipt (
            receipt_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source text NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT now(),
            document text NOT NULL
        );
        """;

    private const string Insert = "INSERT INTO ingest_embeddings.receipt (source, document) VALUES ($1, $2)";

    private const string Forget = """
        DELETE FROM ingest_embeddings.receipt
        WHERE source = $1 AND receipt_no < (
            SELECT min(k.receipt_no) FROM (
                SELECT r.receipt_no FROM ingest_embeddings.receipt r WHERE r.source = $1 ORDER BY r.receipt_no DESC LIMIT $2) AS k)
        """;

    private const string List = "SELECT document FROM ingest_embeddings.receipt WHERE source = $1 ORDER BY receipt_no DESC LIMIT $2";

    private NpgsqlParameter Source => Statements.Value(layout.Table.Sql);

    /// <summary>Adds a receipt, and forgets the oldest.</summary>
    public async Task KeepAsync(NpgsqlConnection connection, string receipt, CancellationToken cancellationToken)
    {
        await StateSchema.EnsureAsync(connection, cancellationToken);
        await Statements.ExecuteAsync(connection, LocalSettings.Short, Statements.Command(Insert, Source, Statements.Value(receipt)), cancellationToken);
        await Statements.ExecuteAsync(connection, LocalSettings.Short, Statements.Command(Forget, Source, Statements.Value(Kept)), cancellationToken);
    }

    /// <summary>The receipts, the last one first; none where no run has ended.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        !await StateSchema.ExistsAsync(connection, cancellationToken) ? [] : await Statements.ListAsync(
            connection, LocalSettings.Short, Statements.Command(List, Source, Statements.Value(Kept)), static row => row.GetString(0), cancellationToken);
}
