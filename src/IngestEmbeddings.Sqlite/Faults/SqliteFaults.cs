using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite.Faults;

/// <summary>SQLite's errors in the user's words.</summary>
internal static class SqliteFaults
{
    /// <summary>An error that the user fixes in the schema or on the command line.</summary>
    public static IngestException Misconfigured(string message, Exception? inner = null) =>
        new(IngestError.Configuration, message, inner);

    /// <summary>Classifies an error.</summary>
    /// <returns>A <see cref="WriteRefusedException"/> when the values of the write may be to blame.</returns>
    public static IngestException Explain(SqliteException exception, string location)
    {
        var (error, advice) = exception.SqliteErrorCode switch
        {
            raw.SQLITE_FULL => (IngestError.Stopped, "free some space and run the same command again"),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
                (IngestError.Stopped, "another program holds it; close that and run the same command again"),
            raw.SQLITE_IOERR => (IngestError.Stopped, "check the disk and run the same command again"),
            raw.SQLITE_NOTADB => (IngestError.Configuration, "give --store another file"),
            raw.SQLITE_CORRUPT =>
                (IngestError.Configuration, "repair it with \"sqlite3 FILE .recover\", or go back to a copy"),
            raw.SQLITE_READONLY or raw.SQLITE_PERM =>
                (IngestError.Configuration, "give this user the right to write the file and its folder"),
            raw.SQLITE_CANTOPEN =>
                (IngestError.Configuration, "check that it is a file, that its folder exists and that this user may write both"),
            _ => (IngestError.Configuration, "look at the definition of the table, its constraints and triggers"),
        };
        var message = $"{location}: {Reason(exception)}: {advice}.";
        return exception.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_ERROR or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG
            ? new WriteRefusedException(message, RowReason(exception), exception.SqliteErrorCode == raw.SQLITE_ERROR, exception)
            : new IngestException(error, message, exception);
    }

    // SQLite names the column, the constraint or the expression of a CHECK. The message of a trigger may quote the text.
    private static string RowReason(SqliteException exception) => exception.SqliteExtendedErrorCode switch
    {
        raw.SQLITE_CONSTRAINT_TRIGGER => "a trigger refused the row",
        _ when exception.SqliteErrorCode == raw.SQLITE_CONSTRAINT => $"a constraint refused the row: {Reason(exception)}",
        _ => $"SQLite refused the row (error {exception.SqliteExtendedErrorCode})",
    };

    // The driver wraps SQLite's text: SQLite Error 26: 'file is not a database'.
    private static string Reason(SqliteException exception)
    {
        var text = exception.Message;
        var open = text.IndexOf('\'', StringComparison.Ordinal);
        var close = text.LastIndexOf('\'');
        return close > open ? text[(open + 1)..close] : text.TrimEnd('.');
    }
}
