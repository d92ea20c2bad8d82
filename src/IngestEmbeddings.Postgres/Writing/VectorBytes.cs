using System.Buffers.Binary;
using System.Runtime.InteropServices;
using IngestEmbeddings.Postgres.Catalog;

namespace IngestEmbeddings.Postgres.Writing;

/// <summary>
/// Vectors in the binary form in which pgvector and PostgreSQL receive them, for COPY, which asks for no type. A vector at a
/// time of the driver's converter would take a call for each component.
/// </summary>
/// <remarks>
/// Sources: <c>vector_recv</c> and <c>halfvec_recv</c> of pgvector (dimension and a zero of 16 bits each, then the components),
/// <c>bit_recv</c> of PostgreSQL (the number of bits in 32 bits, then the bits, the first in the highest place). All numbers
/// have their highest byte first. One instance serves one writer: its buffer is used again for each vector.
/// </remarks>
internal sealed class VectorBytes(CatalogColumn column)
{
    private const int Header = 4;

    private byte[] _buffer = [];

    /// <summary>The bytes of a vector, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Encode(ReadOnlySpan<float> vector) => column.TypeName switch
    {
        "halfvec" => EncodeHalf(vector),
        "bit" => EncodeSigns(vector),
        _ => EncodeSingle(vector),
    };

    private ReadOnlyMemory<byte> EncodeSingle(ReadOnlySpan<float> vector)
    {
        var bytes = Take(Header + (sizeof(float) * vector.Length));
        BinaryPrimitives.WriteInt32BigEndian(bytes.Span, vector.Length << 16);
        var components = MemoryMarshal.Cast<byte, int>(bytes.Span[Header..]);
        var source = MemoryMarshal.Cast<float, int>(vector);
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(source, components);
        }
        else
        {
            source.CopyTo(components);
        }

        return bytes;
    }

    private ReadOnlyMemory<byte> EncodeHalf(ReadOnlySpan<float> vector)
    {
        var bytes = Take(Header + (sizeof(short) * vector.Length));
        BinaryPrimitives.WriteInt32BigEndian(bytes.Span, vector.Length << 16);
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteHalfBigEndian(bytes.Span[(Header + (sizeof(short) * i))..], (Half)vector[i]);
        }

        return bytes;
    }

    private ReadOnlyMemory<byte> EncodeSigns(ReadOnlySpan<float> vector)
    {
        var bytes = Take(Header + ((vector.Length + 7) / 8));
        bytes.Span.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes.Span, vector.Length);
        for (var i = 0; i < vector.Length; i++)
        {
            if (vector[i] > 0)
            {
                bytes.Span[Header + (i / 8)] |= (byte)(0x80 >> (i % 8));
            }
        }

        return bytes;
    }

    private Memory<byte> Take(int length)
    {
        if (_buffer.Length < length)
        {
            _buffer = new byte[length];
        }

        return _buffer.AsMemory(0, length);
    }
}
