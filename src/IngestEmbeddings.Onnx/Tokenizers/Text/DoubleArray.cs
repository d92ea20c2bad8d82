namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>A double-array trie over bytes, in the 32-bit units of Darts-clone that SentencePiece stores.</summary>
/// <remarks>
/// A unit holds its label in the low byte, whether a value follows in bit 8, and the offset to its children in the
/// upper bits, scaled by 256 where bit 9 is set; a value has bit 31 set. Every place is checked: a damaged file finds
/// nothing instead of reading outside.
/// </remarks>
internal sealed class DoubleArray(uint[] units)
{
    private const uint LabelMask = 0x800000FF;
    private const int HasValue = 1 << 8;
    private const int IsScaled = 1 << 9;

    /// <summary>Finds the entries that the key begins with.</summary>
    /// <param name="key">Bytes.</param>
    /// <param name="longest">Whether the longest such entry is wanted, or the shortest.</param>
    /// <param name="value">The entry's value.</param>
    /// <returns>The entry's length; 0 when there is none.</returns>
    public int Match(ReadOnlySpan<byte> key, bool longest, out int value)
    {
        value = 0;
        var found = 0;
        var place = Children(0, 0);
        for (var i = 0; i < key.Length && key[i] != 0; i++)
        {
            place ^= key[i];
            if ((uint)place >= (uint)units.Length || (units[place] & LabelMask) != key[i])
            {
                break;
            }

            var hasValue = (units[place] & HasValue) != 0;
            place = Children(place, place);
            if (hasValue && (uint)place < (uint)units.Length)
            {
                value = (int)(units[place] & 0x7FFFFFFF);
                found = i + 1;
                if (!longest)
                {
                    break;
                }
            }
        }

        return found;
    }

    private int Children(int unit, int from) =>
        from ^ (int)((units[unit] >> 10) << ((units[unit] & IsScaled) != 0 ? 8 : 0));
}
