using System.Globalization;
using System.Text;

namespace IngestEmbeddings.Cli.Shown;

/// <summary>Measures text by the columns that a terminal gives it. The text has no control characters (<see cref="ShownText"/>).</summary>
internal static class TerminalColumns
{
    private const string Ellipsis = "…";

    // The blocks that East_Asian_Width has as wide or full, and the emoji.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xA960, 0xA97F), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
        (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x1FA70, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The columns of a text.</summary>
    public static int Of(string text) => text.EnumerateRunes().Sum(Of);

    /// <summary>The beginning of a text that fits, with an ellipsis where something is left out.</summary>
    /// <param name="text">The text.</param>
    /// <param name="columns">The columns that there are, at least 1.</param>
    public static string Shorten(string text, int columns)
    {
        // Most texts are short; of a long one only the beginning is measured.
        if (text.Length <= columns && Of(text) <= columns)
        {
            return text;
        }

        var used = 0;
        var kept = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += Of(rune);
            if (used > columns - 1)
            {
                return text[..kept] + Ellipsis;
            }

            kept += rune.Utf16SequenceLength;
        }

        return text;
    }

    private static int Of(Rune rune) =>
        rune.IsAscii ? 1
        : Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format ? 0
        : Array.Exists(Wide, block => rune.Value >= block.First && rune.Value <= block.Last) ? 2
        : 1;
}
