using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace IngestEmbeddings.Sqlite;

/// <summary>SQLite's errors in the user's words.</summary>
internal static class SqliteFaults
{
    public static IngestException Misconfigured(string message, Exception? inner = null) =>
        new(IngestError.Configuration, message, inner);

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
                (IngestError.Configuration, "mend it with \"sqlite3 FILE .recover\", or go back to a copy"),
            raw.SQLITE_READONLY or raw.SQLITE_PERM =>
                (IngestError.Configuration, "give this user the right to write the file and its folder"),
            raw.SQLITE_CANTOPEN =>
                (IngestError.Configuration, "check that it is a file, that its folder exists and that this user may write both"),
            _ => (IngestError.Configuration, "look at the definition of the table, its constraints and triggers"),
        };
        return new IngestException(error, $"{location}: {Reason(exception)}: {advice}.", exception);
    }

    // The driver wraps SQLite's text: SQLite Error 26: 'file is not a database'.
    private static string Reason(SqliteException exception)
    {
        var text = exception.Message;
        var open = text.IndexOf('\'', StringComparison.Ordinal);
        var close = text.LastIndexOf('\'');
        return close > open ? text[(open + 1)..close] : text.TrimEnd('.');
    }
}
