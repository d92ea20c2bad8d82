using System.Security.Cryptography;

namespace IngestEmbeddings.Splitting;

/// <summary>A chunk that a document has had: enough of it to find it again, without its text.</summary>
/// <param name="Length">Its code points, the headings before it not counted.</param>
/// <param name="Overlap">How many of them it repeats of the chunk before, with the white space after it.</param>
/// <param name="Opening">The characters that it begins with after those.</param>
/// <param name="Hash">A hash of its text, the headings included.</param>
public sealed record PastChunk(int Length, int Overlap, string Opening, UInt128 Hash)
{
    private const int MaxOpening = 24;

    /// <summary>Describes a chunk.</summary>
    /// <param name="text">Its text, the headings included.</param>
    /// <param name="start">Where it begins in the document.</param>
    /// <param name="length">Its code points, the headings not counted.</param>
    /// <param name="previousEnd">The position after the chunk before; 1 for none.</param>
    public static PastChunk Of(string text, int start, int length, int previousEnd)
    {
        ArgumentNullException.ThrowIfNull(text);
        var overlap = Math.Clamp(previousEnd - start, 0, length);
        var opening = CodePointIndex.FromEnd(text, length - overlap);
        for (; opening < text.Length && char.IsWhiteSpace(text[opening]); opening++)
        {
            overlap++;
        }

        return new PastChunk(length, overlap, text.Substring(opening, Math.Min(MaxOpening, text.Length - opening)), HashOf(text));
    }

    /// <summary>The hash of a text.</summary>
    public static UInt128 HashOf(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
