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
/// have their highest byte first.
/// </remarks>
internal static class VectorBytes
{
    private const int Header = 4;

    /// <summary>Adds a vector to what a COPY sends, as the type of its column.</summary>
    public static void AddTo(CopyPayload payload, ReadOnlySpan<float> vector, CatalogColumn column)
    {
        switch (column.TypeName)
        {
            case "halfvec":
                AddHalves(payload, vector);
                break;
            case "bit":
                AddSigns(payload, vector);
                break;
            default:
                AddSingles(payload, vector);
                break;
        }
    }

    private static void AddSingles(CopyPayload payload, ReadOnlySpan<float> vector)
    {
        var bytes = payload.Field(Header + (sizeof(float) * vector.Length));
        BinaryPrimitives.WriteInt32BigEndian(bytes, vector.Length << 16);
        var components = MemoryMarshal.Cast<byte, int>(bytes[Header..]);
        var source = MemoryMarshal.Cast<float, int>(vector);
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(source, components);
        }
        else
        {
            source.CopyTo(components);
        }
    }

    private static void AddHalves(CopyPayload payload, ReadOnlySpan<float> vector)
    {
        var bytes = payload.Field(Header + (sizeof(short) * vector.Length));
        BinaryPrimitives.WriteInt32BigEndian(bytes, vector.Length << 16);
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteHalfBigEndian(bytes[(Header + (sizeof(short) * i))..], (Half)vector[i]);
        }
    }

    private static void AddSigns(CopyPayload payload, ReadOnlySpan<float> vector)
    {
        var bytes = payload.Field(Header + ((vector.Length + 7) / 8));
        bytes.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes, vector.Length);
        for (var i = 0; i < vector.Length; i++)
        {
            if (vector[i] > 0)
            {
                bytes[Header + (i / 8)] |= (byte)(0x80 >> (i % 8));
            }
        }
    }
}
