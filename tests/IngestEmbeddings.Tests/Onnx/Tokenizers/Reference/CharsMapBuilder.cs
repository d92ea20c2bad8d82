namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Writes SentencePiece's compiled rules, for tests and for asking the library.</summary>
internal static class CharsMapBuilder
{
    private const int BlockSize = 256;
    private const uint HasValue = 1 << 8;
    private const uint IsValue = 1u << 31;

    /// <summary>A <c>Precompiled</c> normalizer with some rules, none of which begins another.</summary>
    public static string Normalizer(params ReadOnlySpan<(string From, string To)> rules) =>
        $$"""{"type":"Precompiled","precompiled_charsmap":"{{Convert.ToBase64String(Build(rules))}}"}""";

    /// <summary>The blob: the size of the double-array trie, the trie, the replacements ended by zeros.</summary>
    public static byte[] Build(params ReadOnlySpan<(string From, string To)> rules)
    {
        // Each node has 256 units of its own for its children: large, and simple.
        var blocks = new Dictionary<string, int> { [""] = 0 };
        var units = new Dictionary<int, uint>();
        var replacements = new List<byte>();
        units[0] = 1 << 10 << 8;
        blocks[""] = 1;
        foreach (var (from, to) in rules)
        {
            var path = "";
            foreach (var value in System.Text.Encoding.UTF8.GetBytes(from))
            {
                var place = (blocks[path] * BlockSize) ^ value;
                path += (char)value;
                if (blocks.TryAdd(path, blocks.Count + 1))
                {
                    units[place] = value | ((uint)(place ^ (blocks[path] * BlockSize)) << 10);
                }

                if (path.Length == System.Text.Encoding.UTF8.GetByteCount(from))
                {
                    units[place] |= HasValue;
                }
            }

            units[blocks[path] * BlockSize] = IsValue | (uint)replacements.Count;
            replacements.AddRange([.. System.Text.Encoding.UTF8.GetBytes(to), 0]);
        }

        var trie = new byte[(blocks.Count + 1) * BlockSize * sizeof(uint)];
        foreach (var (place, unit) in units)
        {
            BitConverter.TryWriteBytes(trie.AsSpan(place * sizeof(uint)), unit);
        }

        return [.. BitConverter.GetBytes((uint)trie.Length), .. trie, .. replacements];
    }
}
