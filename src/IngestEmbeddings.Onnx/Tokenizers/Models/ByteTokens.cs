using System.Globalization;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers.Models;

/// <summary>The tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, which stand for the UTF-8 bytes of what is no token.</summary>
/// <remarks>A vocabulary may lack some of them: Gemma's has no <c>&lt;0x09&gt;</c>, since the tab is a token.</remarks>
internal sealed class ByteTokens
{
    private const int Missing = -1;

    private readonly int[] _ids = new int[256];

    public ByteTokens(IReadOnlyDictionary<string, int> vocabulary)
    {
        for (var value = 0; value < _ids.Length; value++)
        {
            var spelling = string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            _ids[value] = vocabulary.TryGetValue(spelling, out var id) ? id : Missing;
        }
    }

    /// <summary>Appends the bytes of a text; false, and nothing appended, where the token of one is missing.</summary>
    public bool TryAppend(ReadOnlySpan<char> text, TokenBuffer tokens)
    {
        var first = tokens.Length;
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                if (_ids[value] == Missing)
                {
                    tokens.Truncate(first);
                    return false;
                }

                tokens.Add(_ids[value]);
            }
        }

        return true;
    }
}
