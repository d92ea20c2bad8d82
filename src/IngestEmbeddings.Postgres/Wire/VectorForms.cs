using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace IngestEmbeddings.Postgres.Wire;

/// <summary>The binary form in which a type of vectors is sent.</summary>
/// <remarks>
/// Sources: <c>vector_recv</c> and <c>halfvec_recv</c> of pgvector (dimension and a zero of 16 bits each, then the components),
/// <c>bit_recv</c> of PostgreSQL (the number of bits in 32 bits, then the bits, the first in the highest place). All numbers
/// have their highest byte first.
/// </remarks>
internal interface IVectorForm
{
    /// <summary>The name of the type, without its schema.</summary>
    static abstract string TypeName { get; }

    /// <summary>How many bytes a vector takes.</summary>
    static abstract int Size(int dimension);

    /// <summary>Writes a vector.</summary>
    /// <param name="vector">The components.</param>
    /// <param name="bytes">Room for just <see cref="Size"/> bytes.</param>
    static abstract void Write(ReadOnlySpan<float> vector, Span<byte> bytes);
}

/// <summary>pgvector's <c>vector</c>: components of 32 bits.</summary>
internal readonly struct Singles : IVectorForm
{
    private const int Header = 4;

    public static string TypeName => "vector";

    public static int Size(int dimension) => Header + (sizeof(float) * dimension);

    public static void Write(ReadOnlySpan<float> vector, Span<byte> bytes)
    {
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
}

/// <summary>pgvector's <c>halfvec</c>: components of 16 bits.</summary>
internal readonly struct Halves : IVectorForm
{
    private const int Header = 4;

    public static string TypeName => "halfvec";

    public static int Size(int dimension) => Header + (sizeof(short) * dimension);

    public static void Write(ReadOnlySpan<float> vector, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, vector.Length << 16);
        for (var i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteHalfBigEndian(bytes[(Header + (sizeof(short) * i))..], (Half)vector[i]);
        }
    }
}

/// <summary>PostgreSQL's <c>bit</c>, as pgvector's binary_quantize makes it: a bit is set where the component is greater than 0.</summary>
internal readonly struct Signs : IVectorForm
{
    private const int Header = 4;

    public static string TypeName => "bit";

    public static int Size(int dimension) => Header + ((dimension + 7) / 8);

    public static void Write(ReadOnlySpan<float> vector, Span<byte> bytes)
    {
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
