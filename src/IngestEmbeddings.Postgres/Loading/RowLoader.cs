using System.Globalization;
using System.Text.RegularExpressions;
using IngestEmbeddings.Postgres.Catalog;
using IngestEmbeddings.Postgres.Faults;
using IngestEmbeddings.Stores;
using Npgsql;
using NpgsqlTypes;

namespace IngestEmbeddings.Postgres.Loading;

/// <summary>Adds rows to a table by binary COPY, in one transaction: all of them or none.</summary>
internal static partial class RowLoader
{
    public static async Task<long> LoadAsync(
        NpgsqlConnection connection, LoadRequest request, IAsyncEnumerable<LoadRow> rows, string location, CancellationToken cancellationToken)
    {
        try
        {
            var table = await TableFinder.FindAsync(connection, request.Table, cancellationToken);
            var key = ColumnFinder.Key(table, request.Table.IdColumn) switch
            {
                [var only] => only,
                var several => throw Wrong(
                    $"Table {table.FullName} has a key of {several.Count} columns; load fills tables with a single one. Use psql's \\copy."),
            };
            var text = ColumnFinder.Text(table, [key], request.Table.TextColumn);
            return await CopyAsync(connection, new Target(table, key, text, request.RowName), rows, cancellationToken);
        }
        catch (PostgresException refused)
        {
            throw Explain(refused, location, request.RowName);
        }
        catch (NpgsqlException fault)
        {
            throw new IngestException(
                IngestError.Stopped, $"{location}: {FaultMessages.Brief(new PostgresFault(FaultKind.Away, fault))}. Nothing was loaded; load again.", fault);
        }
    }

    private static async Task<long> CopyAsync(
        NpgsqlConnection connection, Target target, IAsyncEnumerable<LoadRow> rows, CancellationToken cancellationToken)
    {
        var (table, key, text, rowName) = target;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var keys = await LoadKeys.CreateAsync(connection, table, key, rowName, cancellationToken);
        var count = 0L;
        await using (var copy = await connection.BeginBinaryImportAsync(
            $"COPY {table.Sql} ({key.Sql}, {text.Sql}) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            copy.Timeout = TimeSpan.Zero;
            await foreach (var row in rows.WithCancellation(cancellationToken))
            {
                count++;
                await copy.StartRowAsync(cancellationToken);
                await keys.WriteAsync(copy, row.Id, count, cancellationToken);
                await WriteTextAsync(copy, row.Text, count, rowName, cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        await keys.MoveSequenceAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return count;
    }

    private static async Task WriteTextAsync(NpgsqlBinaryImporter copy, string? text, long row, Func<long, string> rowName, CancellationToken cancellationToken)
    {
        if (text is null)
        {
            await copy.WriteNullAsync(cancellationToken);
            return;
        }

        if (text.Contains('\0'))
        {
            throw Wrong($"{rowName(row)}: the text has a NUL character, which PostgreSQL does not take. Nothing was loaded.");
        }

        await copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
    }

    // The server says "COPY sentences, line 17"; what follows may quote the row.
    private static IngestException Explain(PostgresException refused, string location, Func<long, string> rowName)
    {
        var line = Line().Match(refused.Where ?? "");
        var row = line.Success ? rowName(long.Parse(line.Groups["line"].ValueSpan, CultureInfo.InvariantCulture)) + ": " : "";
        return refused.SqlState switch
        {
            PostgresErrorCodes.UniqueViolation => Wrong(
                $"{row}the id {DuplicateKey(refused)} is in {refused.TableName} already, or twice in the input. Nothing was loaded."),
            PostgresErrorCodes.NotNullViolation => Wrong(
                $"{row}column {refused.ColumnName} of {refused.TableName} must not be NULL, and load gives it no value. Nothing was loaded."),
            _ when line.Success => Wrong($"{row}{refused.MessageText}. Nothing was loaded."),
            _ => FaultMessages.Explain(PostgresFault.TryFrom(refused)!.AsStart(), location),
        };
    }

    // Without the server's error, whose details quote the row.
    private static IngestException Wrong(string message) => new(IngestError.Configuration, message);

    // "Key (id)=(5) already exists."
    private static string DuplicateKey(PostgresException refused) => Key().Match(refused.Detail ?? "").Groups["key"].Value;

    private sealed record Target(CatalogTable Table, CatalogColumn Key, CatalogColumn Text, Func<long, string> RowName);

    [GeneratedRegex(@"\)=\((?<key>.*)\) ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();

    [GeneratedRegex(@"\ACOPY .*, line (?<line>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
