using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Scratch;

/// <summary>A copy in the tool's own schema, where nobody looks for tables of texts.</summary>
/// <remarks>
/// As long as it is in use, a transaction that does nothing holds an advisory lock over its name: the lock goes when the process
/// does, also through a pooler, and the next one that makes a copy drops what nobody has locked.
/// </remarks>
internal sealed class PostgresScratchTable : IScratchTable
{
    private readonly ConnectionSource _source;
    private readonly NpgsqlConnection _guard;
    private readonly ScratchName _name;

    private PostgresScratchTable(ConnectionSource source, NpgsqlConnection guard, ScratchName name, IIngestTable table)
    {
        _source = source;
        _guard = guard;
        _name = name;
        Table = table;
    }

    public IIngestTable Table { get; }

    /// <summary>Copies rows that have a text, and for metrics alone a vector.</summary>
    public static async Task<PostgresScratchTable> CreateAsync(
        ConnectionSource source, PostgresOptions options, TableLayout layout, int rows, bool metricsOnly, CancellationToken cancellationToken)
    {
        var name = ScratchName.New();
        var guard = await source.OpenUnpooledAsync(cancellationToken);
        try
        {
            await StateSchema.EnsureAsync(guard, cancellationToken);
            await ScratchLeftovers.DropAsync(guard, cancellationToken);
            await HoldAsync(guard, name, cancellationToken);
            await using var connection = await source.OpenFirstAsync(cancellationToken);
            var copy = await new ScratchCopy(layout, name, metricsOnly).CreateAsync(connection, rows, cancellationToken);
            return new PostgresScratchTable(source, guard, name, new PostgresTable(source, options, copy));
        }
        catch
        {
            await guard.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await using (var connection = await _source.OpenFirstAsync(CancellationToken.None))
        {
            await ScratchLeftovers.DropAsync(connection, _name, CancellationToken.None);
        }

        await _guard.DisposeAsync();
    }

    private static async Task HoldAsync(NpgsqlConnection guard, ScratchName name, CancellationToken cancellationToken)
    {
        await using var hold = new NpgsqlCommand(
            $"BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({name.LockSql})", guard);
        await hold.ExecuteNonQueryAsync(cancellationToken);
    }
}
