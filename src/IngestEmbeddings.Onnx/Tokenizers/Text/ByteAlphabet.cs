namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>The printable character that byte-level models write for each byte (GPT-2's table).</summary>
/// <remarks>Printable bytes of Latin-1 stand for themselves; the others take U+0100, U+0101 … in their order.</remarks>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Create();

    /// <summary>Appends the characters of a text's UTF-8 bytes.</summary>
    public static void Append(ReadOnlySpan<char> text, CharBuffer output)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                output.Append(Characters[text[i++]]);
                continue;
            }

            System.Text.Rune.DecodeFromUtf16(text[i..], out var rune, out var length);
            var count = rune.EncodeToUtf8(bytes);
            foreach (var value in bytes[..count])
            {
                output.Append(Characters[value]);
            }

            i += length;
        }
    }

    private static char[] Create()
    {
        var characters = new char[256];
        var next = 0x100;
        for (var value = 0; value < characters.Length; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = (char)(printable ? value : next++);
        }

        return characters;
    }
}
