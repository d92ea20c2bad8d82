using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Decides which store is used: <c>--store</c> or <c>EMBED_STORE</c>; else PostgreSQL if its variables name a host, a
/// database or a service; else the embedded store in the working directory.
/// </summary>
internal static class StoreChoice
{
    private const string Advice = "give postgresql://user@host:port/database or sqlite:FILE.";
    private const string EncodingAdvice = "Signs in a password are percent-encoded: @ is %40.";
    private const string SqliteScheme = "sqlite:";

    /// <summary>The variables that hold a password.</summary>
    internal static readonly string[] Password = ["PG_PASSWORD", "PGPASSWORD"];

    /// <summary>Reads the choice.</summary>
    /// <param name="settings">Takes the mistakes.</param>
    /// <param name="workingDirectory">Where a relative file lies.</param>
    /// <param name="warn">Takes a warning about a password that others can see.</param>
    /// <returns>The store; the embedded one after a mistake, which <paramref name="settings"/> tells.</returns>
    public static StoreLocation Read(SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        var embedded = Sqlite(Defaults.SqliteFile, settings, workingDirectory);
        if (settings.Find(OptionTable.Store) is { } store)
        {
            return FromUrl(store, settings, workingDirectory, warn) ?? embedded;
        }

        return PostgresChoice.IsWanted(settings.Environment) ? PostgresChoice.Read(settings, null, []) : embedded;
    }

    /// <summary>True when a text has the form of a store, whatever is wrong with its parts.</summary>
    public static bool IsStore(string text) =>
        text.StartsWith(SqliteScheme, StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)
        || text.StartsWith("postgres://", StringComparison.Ordinal);

    private static StoreLocation? FromUrl(
        Setting store, SettingsReader settings, string workingDirectory, Action<string> warn)
    {
        if (store.Value.StartsWith(SqliteScheme, StringComparison.Ordinal))
        {
            var file = store.Value[SqliteScheme.Length..];
            if (SqliteFault(file) is not { } fault)
            {
                return Sqlite(file, settings, workingDirectory);
            }

            settings.Reject(store, fault);
            return null;
        }

        if (HostUrls.TryRead(store.Value) is { } urls && !Secrets.IsAmbiguous(store.Value))
        {
            if (Secrets.HoldsPassword(store.Value) && store.Shown.StartsWith("--", StringComparison.Ordinal))
            {
                warn("The password in --store is visible in the process list and the shell's history. "
                    + "Put it into PG_PASSWORD, EMBED_STORE or the .env file instead.");
            }

            return PostgresChoice.Read(settings, store, urls);
        }

        settings.Reject(store, Secrets.HoldsPassword(store.Value) || Secrets.IsAmbiguous(store.Value) ? $"{Advice} {EncodingAdvice}" : Advice);
        return null;
    }

    // What other programs take for something else than the name of a file is not made one.
    private static string? SqliteFault(string file) => file switch
    {
        "" => Advice,
        ['/', '/', ..] => $"a file has one slash at most before its name: {SqliteScheme}{file.TrimStart('/')} in this folder, or {SqliteScheme}/{file.TrimStart('/')} from the root.",
        [':', ..] => "a database in memory would be gone at the end: name a file.",
        _ when file.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || file.Contains('?') => $"a file takes no parameters: {SqliteScheme}FILE.",
        [.., '/'] => "that is a folder: name a file in it.",
        _ => null,
    };

    private static SqliteLocation Sqlite(string file, SettingsReader settings, string workingDirectory) =>
        new(Path.GetFullPath(file, workingDirectory), file) { MustExist = !settings.Command.CreatesStore, OnlyReads = !settings.WritesStore };
}
