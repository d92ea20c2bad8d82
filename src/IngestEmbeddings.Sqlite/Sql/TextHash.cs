using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Sql;

/// <summary>A SQL function that hashes a text, so that a change of it is seen without keeping it. SQLite has none of its own.</summary>
internal static class TextHash
{
    private const string Function = "ingest_embeddings_text_hash";

    /// <summary>Defines the function on a connection.</summary>
    public static void Define(SqliteConnection connection) =>
        connection.CreateFunction(Function, static (byte[]? text) => Of(text), isDeterministic: true);

    /// <summary>The hash of a text, as SQL: 64 bits of SHA-256.</summary>
    /// <param name="text">A text.</param>
    public static string Sql(string text) => $"{Function}(CAST({text} AS BLOB))";

    private static long? Of(byte[]? text) =>
        text is null ? null : BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(text));
}
