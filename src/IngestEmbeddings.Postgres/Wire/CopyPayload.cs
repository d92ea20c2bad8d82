using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace IngestEmbeddings.Postgres.Wire;

/// <summary>Rows in the binary form of COPY, put together in one buffer and sent in large pieces.</summary>
/// <remarks>
/// Source: the section "Binary Format" of PostgreSQL's page on COPY. A header, then for each row the number of its fields in
/// 16 bits and for each field its length in 32 bits (−1 for NULL) and its bytes, then −1 in 16 bits; every number has its
/// highest byte first. The driver's importer looks up the type of each value, which costs more than
/// making the metrics that are sent. The buffer is rented and returned.
/// </remarks>
internal sealed class CopyPayload : IDisposable
{
    // Large enough that the cost of a call is nothing next to the bytes, small enough that the server does not wait for the client.
    private const int PieceSize = 128 * 1024;

    // The signature, which a transfer that changes line ends or drops the eighth bit would spoil; no flags, no extension.
    private static readonly byte[] Header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // A lone surrogate is an error of the row, as it is with the driver.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(PieceSize * 2);
    private int _length;

    private CopyPayload()
    {
    }

    /// <summary>Runs a COPY … FROM STDIN (FORMAT binary).</summary>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="copy">The statement.</param>
    /// <param name="rows">How many rows to send.</param>
    /// <param name="add">Adds row number <c>i</c>: <see cref="StartRow"/>, then each field.</param>
    /// <param name="cancellationToken">A token to cancel the operation; the COPY ends with the transaction.</param>
    /// <exception cref="PostgresException">The server refused a row.</exception>
    public static async Task SendAsync(
        NpgsqlConnection connection, string copy, int rows, Action<CopyPayload, int> add, CancellationToken cancellationToken)
    {
        // Not disposed of after a fault, which would end the COPY as if all had been sent: the end of the transaction cancels it.
        var stream = await connection.BeginRawBinaryCopyAsync(copy, cancellationToken);
        using var payload = new CopyPayload();
        Header.CopyTo(payload.Take(Header.Length));
        for (var row = 0; row < rows; row++)
        {
            add(payload, row);
            if (payload._length >= PieceSize)
            {
                await payload.FlushAsync(stream, cancellationToken);
            }
        }

        BinaryPrimitives.WriteInt16BigEndian(payload.Take(sizeof(short)), -1);
        await payload.FlushAsync(stream, cancellationToken);
        await stream.DisposeAsync();
    }

    /// <summary>Starts a row.</summary>
    /// <param name="fields">How many fields follow.</param>
    public void StartRow(int fields) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), (short)fields);

    /// <summary>Adds a field of some bytes, to be filled in by the caller before anything else is added.</summary>
    public Span<byte> Field(int length)
    {
        BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), length);
        return Take(length);
    }

    /// <summary>Adds NULL.</summary>
    public void AddNull() => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), -1);

    /// <summary>Adds a <c>smallint</c>.</summary>
    public void Add(short value) => BinaryPrimitives.WriteInt16BigEndian(Field(sizeof(short)), value);

    /// <summary>Adds an <c>integer</c>.</summary>
    public void Add(int value) => BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int)), value);

    /// <summary>Adds an <c>integer</c>, or NULL.</summary>
    public void Add(int? value)
    {
        if (value is { } known)
        {
            Add(known);
        }
        else
        {
            AddNull();
        }
    }

    /// <summary>Adds a <c>bigint</c>.</summary>
    public void Add(long value) => BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long)), value);

    /// <summary>Adds a <c>real</c>, or NULL.</summary>
    public void Add(float? value)
    {
        if (value is { } known)
        {
            BinaryPrimitives.WriteSingleBigEndian(Field(sizeof(float)), known);
        }
        else
        {
            AddNull();
        }
    }

    /// <summary>Adds a <c>uuid</c>.</summary>
    public void Add(Guid value) => value.TryWriteBytes(Field(16), bigEndian: true, out _);

    /// <summary>Adds a <c>timestamptz</c>, in microseconds since the year 2000.</summary>
    public void Add(DateTime value) => Add((value.ToUniversalTime() - Epoch).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>Adds a <c>text</c> or <c>varchar</c>.</summary>
    public void Add(string value) => Utf8.GetBytes(value, Field(Utf8.GetByteCount(value)));

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private Span<byte> Take(int length)
    {
        if (_buffer.Length - _length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + length));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var taken = _buffer.AsSpan(_length, length);
        _length += length;
        return taken;
    }

    private async ValueTask FlushAsync(NpgsqlRawCopyStream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(_buffer.AsMemory(0, _length), cancellationToken);
        _length = 0;
    }
}
