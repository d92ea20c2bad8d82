using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Sql;
using Npgsql;

namespace IngestEmbeddings.Postgres.State;

/// <summary>Checks that keys survive their text form, in which they leave and enter the server.</summary>
internal static class KeyText
{
    private const int Sample = 1000;

    private static readonly HashSet<string> Exact = ["int2", "int4", "int8", "uuid", "text", "varchar", "date", "timestamp", "timestamptz", "numeric", "bool"];

    /// <exception cref="IngestException">A key is another one after it was a text.</exception>
    public static async Task CheckAsync(NpgsqlConnection connection, TableLayout layout, CancellationToken cancellationToken)
    {
        foreach (var column in layout.Key.Where(column => !Exact.Contains(column.TypeName)))
        {
            var changed = await Statements.FirstAsync(
                connection,
                LocalSettings.Short,
                Statements.Command(
                    $"""
                    SELECT count(*) FROM (SELECT t.{column.Sql} AS key FROM {layout.Table.Sql} AS t LIMIT {Sample}) AS s
                    WHERE NOT s.key {KeySql.Operator(column, "=")} s.key::text::{column.Type}
                    """),
                static row => row.GetInt64(0),
                cancellationToken);
            if (changed > 0)
            {
                throw new IngestException(
                    IngestError.Configuration,
                    $"Values of key {column.Name} of {layout.Table.FullName} ({column.TypeName}) are other ones when they are written as text and read again, so " +
                    "that rows could not be found. Name another column that is NOT NULL and UNIQUE: --id-column.");
            }
        }
    }
}
