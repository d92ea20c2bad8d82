using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Connections;
using IngestEmbeddings.Postgres.State;
using IngestEmbeddings.Stores;
using Npgsql;

namespace IngestEmbeddings.Postgres.Scratch;

/// <summary>A copy in the tool's own schema, where no command looks for tables of texts.</summary>
/// <remarks>
/// While it is in use, an idle transaction holds an advisory lock over its name: the lock ends with the process, also through a
/// pooler, and the next process that makes a copy drops every copy without a lock.
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

    /// <summary>Copies rows that have a text.</summary>
    /// <param name="source">Opens connections.</param>
    /// <param name="copy">What is copied.</param>
    /// <param name="rows">The maximum rows.</param>
    /// <param name="open">Opens the copy as a table.</param>
    /// <param name="cancellationToken">A token to cancel the operation.</param>
    public static async Task<PostgresScratchTable> CreateAsync(
        ConnectionSource source, ScratchCopy copy, int rows, Func<TableLayout, IIngestTable> open, CancellationToken cancellationToken)
    {
        var guard = await source.OpenUnpooledAsync(cancellationToken);
        try
        {
            await StateSchema.EnsureAsync(guard, cancellationToken);
            await ScratchLeftovers.DropAsync(guard, cancellationToken);
            await HoldAsync(guard, copy.Name, cancellationToken);
            await using var connection = await source.OpenFirstAsync(cancellationToken);
            var layout = await copy.CreateAsync(connection, rows, cancellationToken);
            return new PostgresScratchTable(source, guard, copy.Name, open(layout));
        }
        catch
        {
            await guard.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.Border.RunAsync(async () =>
        {
            await using var connection = await _source.OpenFirstAsync(CancellationToken.None);
            await ScratchLeftovers.DropAsync(connection, _name, CancellationToken.None);
            return true;
        });
        await _guard.DisposeAsync();
    }

    private static async Task HoldAsync(NpgsqlConnection guard, ScratchName name, CancellationToken cancellationToken)
    {
        await using var hold = new NpgsqlCommand(
            $"BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({name.LockSql})", guard);
        await hold.ExecuteNonQueryAsync(cancellationToken);
    }
}
