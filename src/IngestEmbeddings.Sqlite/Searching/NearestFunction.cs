using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using IngestEmbeddings.Searching;
using IngestEmbeddings.Sqlite.Sql;
using Microsoft.Data.Sqlite;

namespace IngestEmbeddings.Sqlite.Searching;

/// <summary>
/// An aggregate function that compares the vector of each row with one and keeps the nearest, called by SQLite inside its own loop over the
/// rows (sqlite3_create_function_v2, https://sqlite.org/c3ref/create_function.html).
/// </summary>
/// <remarks>
/// Rows that are stepped through from outside cost three calls into SQLite each, with a lock and a guarded handle in every one: half a
/// microsecond, where the comparison of 384 numbers takes a tenth of that.
/// </remarks>
/// <param name="vector">The vector to compare with.</param>
/// <param name="normalized">True when all vectors have length 1, so that the inner product is the cosine.</param>
/// <param name="top">The maximum rows to keep.</param>
internal sealed unsafe partial class NearestFunction(ReadOnlyMemory<float> vector, bool normalized, int top)
{
    private const int Utf8 = 1;
    private const int Arguments = 2;

    private readonly NearestRows<long> _rows = new(top);
    private ExceptionDispatchInfo? _fault;

    /// <summary>What the function is called in a statement: it takes the vector and the row id.</summary>
    public const string Name = "ingest_embeddings_nearest";

    /// <summary>Runs a statement that calls the function once.</summary>
    /// <returns>The row ids of the nearest rows. A vector of another dimension is passed over.</returns>
    public NearestRows<long> Run(SqliteConnection connection, string statement)
    {
        var database = connection.Handle!.DangerousGetHandle();
        var self = GCHandle.Alloc(this);
        try
        {
            Register(connection, database, GCHandle.ToIntPtr(self), &Step, &End);
            connection.Scalar(statement);
            _fault?.Throw();
            return _rows;
        }
        finally
        {
            Register(connection, database, 0, null, null);
            self.Free();
        }
    }

    private static void Register(
        SqliteConnection connection, nint database, nint self, delegate* unmanaged[Cdecl]<nint, int, nint*, void> step, delegate* unmanaged[Cdecl]<nint, void> end)
    {
        fixed (byte* name = "ingest_embeddings_nearest"u8)
        {
            SqliteException.ThrowExceptionForRC(CreateFunction(database, name, Arguments, Utf8, self, null, step, end, null), connection.Handle);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Step(nint context, int count, nint* values)
    {
        var function = (NearestFunction)GCHandle.FromIntPtr(UserData(context)).Target!;
        try
        {
            function.Compare(new ReadOnlySpan<float>(Blob(values[0]), Bytes(values[0]) / sizeof(float)), Integer(values[1]));
        }
        catch (Exception fault)
        {
            // Nothing may be thrown into SQLite.
            function._fault ??= ExceptionDispatchInfo.Capture(fault);
        }
    }

    // The statement's own result is NULL.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(nint context)
    {
    }

    private void Compare(ReadOnlySpan<float> other, long row)
    {
        if (other.Length != vector.Length)
        {
            return;
        }

        var score = normalized ? TensorPrimitives.Dot(vector.Span, other) : TensorPrimitives.CosineSimilarity(vector.Span, other);
        // Of equal scores the smaller row id is kept, and it may come later.
        if (score >= _rows.Threshold)
        {
            _rows.Offer(score, row, row);
        }
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_create_function_v2")]
    private static partial int CreateFunction(
        nint database,
        byte* name,
        int arguments,
        int encoding,
        nint data,
        void* function,
        delegate* unmanaged[Cdecl]<nint, int, nint*, void> step,
        delegate* unmanaged[Cdecl]<nint, void> end,
        void* dispose);

    // None of these waits for anything, so the collector may wait for them: that spares each call its bookkeeping.
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_user_data")]
    [SuppressGCTransition]
    private static partial nint UserData(nint context);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_value_blob")]
    [SuppressGCTransition]
    private static partial void* Blob(nint value);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_value_bytes")]
    [SuppressGCTransition]
    private static partial int Bytes(nint value);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_value_int64")]
    [SuppressGCTransition]
    private static partial long Integer(nint value);
}
