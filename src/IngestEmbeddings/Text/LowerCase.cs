using System.Text;

namespace IngestEmbeddings.Text;

/// <summary>The simple lower case of characters, by the invariant culture: one code point becomes one, whatever its context.</summary>
internal static class LowerCase
{
    // 128 KiB, filled by one call: outside ASCII, the runtime calls into native code for every single character.
    private static readonly char[] Table = Build();

    /// <summary>The lower case of a UTF-16 unit; a surrogate is its own.</summary>
    public static char Of(char character) => Table[character];

    /// <summary>The lower case of a character outside the basic plane.</summary>
    public static Rune Of(Rune rune) => Rune.ToLowerInvariant(rune);

    private static char[] Build()
    {
        var units = new char[char.MaxValue + 1];
        for (var unit = 0; unit < units.Length; unit++)
        {
            units[unit] = (char)unit;
        }

        var lower = new char[units.Length];
        units.AsSpan().ToLowerInvariant(lower);
        return lower;
    }
}
