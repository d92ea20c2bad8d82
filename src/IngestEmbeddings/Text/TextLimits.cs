namespace IngestEmbeddings.Text;

/// <summary>Keeps texts of any length, and any number of long ones, from filling the memory.</summary>
public static class TextLimits
{
    /// <summary>
    /// The characters (code points) of a text that are read. A model reads a few thousand; a book has a million. A text that is
    /// longer is encoded and measured as far as it is read, and counted.
    /// </summary>
    public const int MaxCharacters = 1_000_000;

    /// <summary>
    /// The UTF-16 units of a window's texts after which no further row is read into it: 8 MB. Five hundred texts of 8,000
    /// characters are below it, so that only texts longer than most models read make windows of fewer rows.
    /// </summary>
    public const int FullWindow = 4_000_000;

    /// <summary>The text that is worked on.</summary>
    /// <param name="text">The text as it was read: whole, or with one character more than are kept.</param>
    /// <param name="cut">Counts the texts that were cut.</param>
    public static string Cut(string text, ref int cut)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= MaxCharacters)
        {
            return text;
        }

        // Databases count code points, and a string its UTF-16 units.
        var end = 0;
        for (var characters = 0; characters < MaxCharacters && end < text.Length; characters++)
        {
            end += char.IsSurrogatePair(text, end) ? 2 : 1;
        }

        if (end == text.Length)
        {
            return text;
        }

        cut++;
        return text[..end];
    }
}
