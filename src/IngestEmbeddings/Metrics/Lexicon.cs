using IngestEmbeddings.Text;

using System.Collections.Frozen;
using System.Security.Cryptography;

namespace IngestEmbeddings.Metrics;

/// <summary>The words of a language, folded, for the word ratio. Immutable; one instance serves all threads.</summary>
public sealed class Lexicon
{
    private readonly FrozenSet<string> _words;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    private Lexicon(FrozenSet<string> words)
    {
        _words = words;
        _lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The number of different words after folding.</summary>
    public int Count => _words.Count;

    /// <summary>Tells the lexicon from others: the beginning of a hash of its folded words.</summary>
    public string Fingerprint => Convert.ToHexStringLower(
        SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', _words.Order(StringComparer.Ordinal)))))[..12];

    /// <summary>Makes a lexicon of the lines of a word list, one word a line.</summary>
    /// <param name="lines">
    /// White space around a line is dropped. A line that is empty, begins with <c>-</c>, or is nothing but apostrophes is
    /// skipped. The others are folded: Normalization Form C, lower case, apostrophes and ʻokina (<c>' ‘ ’ ʻ ʼ</c>)
    /// removed, macron vowels as plain ones.
    /// </param>
    public static Lexicon FromLines(IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        return new Lexicon(lines
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '-')
            .Select(WordFolding.Fold)
            .Where(word => word.Length > 0)
            .ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>True when a folded word is in the lexicon.</summary>
    internal bool Contains(ReadOnlySpan<char> folded) => _lookup.Contains(folded);
}
