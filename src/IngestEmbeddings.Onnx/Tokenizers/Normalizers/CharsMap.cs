using System.Buffers.Binary;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>SentencePiece's compiled normalization rules: byte sequences and what replaces them.</summary>
/// <remarks>The blob is the size of a double-array trie, the trie, and the replacements as UTF-8 ended by zeros.</remarks>
internal sealed class CharsMap
{
    private readonly DoubleArray _trie;
    private readonly Dictionary<int, string> _replacements;

    private CharsMap(DoubleArray trie, Dictionary<int, string> replacements)
    {
        _trie = trie;
        _replacements = replacements;
    }

    /// <summary>Reads the blob.</summary>
    /// <returns>Null where the blob is damaged.</returns>
    public static CharsMap? Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < sizeof(uint))
        {
            return null;
        }

        var trieSize = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        blob = blob[sizeof(uint)..];
        if (trieSize == 0 || trieSize % sizeof(uint) != 0 || trieSize > blob.Length)
        {
            return null;
        }

        var units = new uint[trieSize / sizeof(uint)];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(i * sizeof(uint))..]);
        }

        return new CharsMap(new DoubleArray(units), ReadReplacements(blob[(int)trieSize..]));
    }

    /// <summary>Finds the rule for the beginning of a text.</summary>
    /// <param name="utf8">The text's bytes.</param>
    /// <param name="longest">Whether the rule with the longest match is wanted, or the shortest.</param>
    /// <param name="replacement">What replaces the match.</param>
    /// <returns>The number of bytes matched; 0 when there is no rule.</returns>
    public int Match(ReadOnlySpan<byte> utf8, bool longest, out string replacement)
    {
        var length = _trie.Match(utf8, longest, out var at);
        if (length > 0 && _replacements.TryGetValue(at, out replacement!))
        {
            return length;
        }

        replacement = "";
        return 0;
    }

    // A value of the trie is where a replacement begins, which may be inside another one: "b" as the end of "ab".
    private static Dictionary<int, string> ReadReplacements(ReadOnlySpan<byte> bytes)
    {
        var replacements = new Dictionary<int, string>();
        for (var start = 0; start < bytes.Length; start++)
        {
            var rest = bytes[start..];
            var end = rest.IndexOf((byte)0);
            if ((rest[0] & 0xC0) != 0x80)
            {
                replacements[start] = System.Text.Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
            }
        }

        return replacements;
    }
}
