namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Reads code points out of well-formed UTF-16.</summary>
internal static class CodePoints
{
    /// <summary>The code point at an index of well-formed text.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <param name="index">Where the code point begins.</param>
    /// <param name="length">How many UTF-16 units it has: 1 or 2.</param>
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        var first = text[index];
        if (!char.IsHighSurrogate(first))
        {
            length = 1;
            return first;
        }

        length = 2;
        return char.ConvertToUtf32(first, text[index + 1]);
    }

    public static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var unit in text)
        {
            count += char.IsLowSurrogate(unit) ? 0 : 1;
        }

        return count;
    }
}
