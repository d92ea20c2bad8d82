using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.Changes;

/// <summary>Gives a table the triggers of <see cref="ChangeTriggers"/>, and takes them away.</summary>
/// <remarks>A statement fires only the statement triggers of the table that it names, so each partition has them too.</remarks>
internal sealed class ChangeTracking(TableLayout layout)
{
    // $1 the table: it and its partitions, with the triggers that each has. A plain table has no partitions and no child tables, whose
    // rows a statement may move or change without the row triggers of this one, and no trigger that changes a text which a
    // statement does not name.
    private const string FindParts = $"""
        SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
               ARRAY(SELECT g.tgname::text FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND pg_catalog.starts_with(g.tgname::text, '{ChangeTriggers.Prefix}')),
               c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgtype & 19 = 19)
        FROM (SELECT $1 AS oid UNION SELECT relid::oid FROM pg_catalog.pg_partition_tree($1::oid::regclass)) AS parts
        JOIN pg_catalog.pg_class c ON c.oid = parts.oid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        ORDER BY 1
        """;

    /// <summary>True when the table, and each of its partitions, notes its changes.</summary>
    public async Task<bool> IsTrackedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await FindPartsAsync(connection, cancellationToken)).TrueForAll(static part => part.IsTracked);

    /// <summary>Creates the triggers that are missing.</summary>
    /// <returns>The parts that got some.</returns>
    public async Task<IReadOnlyList<string>> InstallAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var parts = (await FindPartsAsync(connection, cancellationToken)).FindAll(static part => !part.IsTracked);
        if (parts.Count == 0)
        {
            return [];
        }

        foreach (var part in parts)
        {
            await DropAsync(connection, part, cancellationToken);
        }

        var triggers = parts[0].Expected;
        await ExecuteAsync(connection, triggers.CreateFunction(layout), cancellationToken);
        await ExecuteAsync(connection, $"REVOKE ALL ON FUNCTION {ChangeTriggers.Function(layout)}() FROM PUBLIC", cancellationToken);
        foreach (var part in parts)
        {
            foreach (var create in triggers.CreateOn(part.Sql, layout))
            {
                await ExecuteAsync(connection, create, cancellationToken);
            }
        }

        return [.. parts.Select(static part => part.Sql)];
    }

    /// <summary>Drops the triggers, and the notes.</summary>
    /// <returns>The parts that had some.</returns>
    public async Task<IReadOnlyList<string>> RemoveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var parts = (await FindPartsAsync(connection, cancellationToken)).FindAll(static part => part.Triggers.Length > 0);
        foreach (var part in parts)
        {
            await DropAsync(connection, part, cancellationToken);
        }

        await ExecuteAsync(connection, $"DROP FUNCTION IF EXISTS {ChangeTriggers.Function(layout)}()", cancellationToken);
        await Statements.ExecuteAsync(
            connection,
            LocalSettings.Short,
            Statements.Command(ChangeSql.Delete, Statements.Oid(layout.Table.Oid)),
            cancellationToken);
        return [.. parts.Select(static part => part.Sql)];
    }

    private static async Task DropAsync(NpgsqlConnection connection, Part part, CancellationToken cancellationToken)
    {
        foreach (var name in ChangeTriggers.AllNames.Where(part.Triggers.Contains))
        {
            await ExecuteAsync(connection, $"DROP TRIGGER {name} ON {part.Sql}", cancellationToken);
        }
    }

    private static Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        Statements.ExecuteAsync(connection, LocalSettings.Long, Statements.Command(sql), cancellationToken);

    private Task<List<Part>> FindPartsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Statements.ListAsync(
        connection,
        LocalSettings.Short,
        Statements.Command(FindParts, Statements.Oid(layout.Table.Oid)),
        static row => new Part(row.GetString(0), row.GetFieldValue<string[]>(1), row.GetBoolean(2) ? ChangeTriggers.OfPlainTable : ChangeTriggers.OfAnyTable),
        cancellationToken);

    private sealed record Part(string Sql, string[] Triggers, ChangeTriggers Expected)
    {
        public bool IsTracked => Expected.Names.Order(StringComparer.Ordinal).SequenceEqual(Triggers.Order(StringComparer.Ordinal));
    }
}
