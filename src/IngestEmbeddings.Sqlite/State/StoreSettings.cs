using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.State;

/// <summary>Named settings that a program keeps in the store.</summary>
internal static class StoreSettings
{
    /// <summary>Reads a setting; null when it was never written.</summary>
    public static string? Read(SqliteConnection connection, string name) =>
        (string?)connection.Scalar($"SELECT value FROM {StateTables.Setting} WHERE name = @name", ("@name", name));

    /// <summary>Writes a setting over what it was. Runs inside a write transaction.</summary>
    public static void Write(SqliteConnection connection, string name, string value) => connection.Execute(
        $"INSERT INTO {StateTables.Setting}(name, value) VALUES (@name, @value) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        ("@name", name),
        ("@value", value));
}
