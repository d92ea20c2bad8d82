using System.Buffers;
using System.Globalization;
using System.Text;

namespace IngestEmbeddings.Cli.Shown;

/// <summary>Shows text that others wrote: keys, names, errors of servers, contents of files.</summary>
/// <remarks>
/// Control characters can move the cursor, hide what follows, or begin a line that looks like one of ours; bidirectional
/// overrides and invisible tags make a name look like another. They are shown as <c>\n</c>, <c>\u001B</c>, <c>\U000E0041</c>.
/// </remarks>
internal static class ShownText
{
    // What follows the first character of this kind is looked at more closely; most texts have none.
    private static readonly SearchValues<char> Suspects = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(static code => (char)code)
            .Where(static character => !Rune.TryCreate(character, out var rune) || IsHidden(rune))]);

    /// <summary>One line, whatever the text holds.</summary>
    public static string Line(string text) => Escape(text, keepsLines: false);

    /// <summary>The lines of a text that is ours; everything else is escaped.</summary>
    public static string Lines(string text) => Escape(text, keepsLines: true);

    private static string Escape(string text, bool keepsLines)
    {
        var first = text.AsSpan().IndexOfAny(Suspects);
        if (first < 0)
        {
            return text;
        }

        var shown = new StringBuilder(text, 0, first, text.Length + 16);
        for (var i = first; i < text.Length;)
        {
            var isWhole = Rune.TryGetRuneAt(text, i, out var rune);
            if (!isWhole)
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}");
                i++;
                continue;
            }

            i += rune.Utf16SequenceLength;
            shown.Append((keepsLines && rune.Value == '\n') || !IsHidden(rune) ? rune.ToString() : Escaped(rune));
        }

        return shown.ToString();
    }

    private static string Escaped(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        > char.MaxValue => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}"),
    };

    // Joiners stay: Persian, Indic scripts and emoji are written with them.
    private static bool IsHidden(Rune rune) =>
        Rune.IsControl(rune) || rune.Value is
            0x00AD or 0x061C or 0x200B or 0x200E or 0x200F // soft hyphen, marks of direction, a space of no width
            or (>= 0x2028 and <= 0x202E) // separators of lines, embeddings and overrides
            or (>= 0x2060 and <= 0x206F) or 0xFEFF or (>= 0xFFF9 and <= 0xFFFB)
            or (>= 0xE0000 and <= 0xE0FFF); // tags
}
