using System.Globalization;
using System.Text;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, which stand for the UTF-8 bytes of what is no token.</summary>
internal sealed class ByteTokens
{
    private readonly int[] _ids;

    private ByteTokens(int[] ids) => _ids = ids;

    /// <summary>The byte tokens of a vocabulary, or null where one is missing.</summary>
    public static ByteTokens? Find(IReadOnlyDictionary<string, int> vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            if (!vocabulary.TryGetValue(Spelling(value), out ids[value]))
            {
                return null;
            }
        }

        return new ByteTokens(ids);
    }

    public static string Spelling(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    public void Append(ReadOnlySpan<char> text, TokenBuffer tokens)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var count = rune.EncodeToUtf8(bytes);
            foreach (var value in bytes[..count])
            {
                tokens.Add(_ids[value]);
            }
        }
    }
}
