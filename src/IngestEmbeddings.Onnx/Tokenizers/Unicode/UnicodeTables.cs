namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>The Unicode tables of the <c>tokenizers</c> library, the same on every machine.</summary>
/// <remarks>
/// The library's parts are built with tables of different versions of Unicode, and models were trained with them. The tables are
/// read off the library code point by code point (<c>eng/update-unicode-tables</c>). Reading them takes some milliseconds, once.
/// </remarks>
internal static class UnicodeTables
{
    private const string Resource = "UnicodeTables.txt";
    private const int LengthBits = 5;

    private static readonly CodePointMap<ushort> ClassesOf = new();
    private static readonly CodePointMap<int> LowerOf = new();
    private static readonly CodePointMap<byte> OrderOf = new();
    private static readonly CodePointMap<byte> ScriptOf = new();

    // Where a decomposition stands in the pool, and its length in the lowest bits; 0 for none.
    private static readonly CodePointMap<int> CanonicalOf = new();
    private static readonly CodePointMap<int> CompatibleOf = new();
    private static readonly List<int> Pool = [0];
    private static readonly Dictionary<long, int> Compositions = [];

    static UnicodeTables()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing.");
        using var reader = new StreamReader(stream);
        var lines = new Dictionary<string, TableEntry[]>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line[..line.IndexOf(' ', StringComparison.Ordinal)], [.. TableEntry.ReadLine(line)]);
        }

        foreach (var set in Enum.GetValues<CharacterClasses>().Where(set => set != CharacterClasses.None))
        {
            Fill(lines[set.ToString()], (code, _) => ClassesOf[code] |= (ushort)set);
        }

        Fill(lines["Lower"], (code, entry) => LowerOf[code] = entry.Values[0] + code - entry.First);
        Fill(lines["Order"], (code, entry) => OrderOf[code] = (byte)entry.Values[0]);
        Fill(lines["Script"], (code, entry) => ScriptOf[code] = (byte)entry.Values[0]);
        Fill(lines["Canonical"], (code, entry) => CanonicalOf[code] = Keep(code, entry));
        Fill(lines["Compatible"], (code, entry) => CompatibleOf[code] = Keep(code, entry));
        var excluded = new HashSet<int>();
        Fill(lines["Excluded"], (code, _) => excluded.Add(code));
        AddCompositions([.. lines["Canonical"].SelectMany(Codes).Where(code => !excluded.Contains(code))]);
    }

    /// <summary>The sets that a code point is in.</summary>
    public static CharacterClasses Classes(int codePoint) => (CharacterClasses)ClassesOf[codePoint];

    /// <summary>The lower case of a code point by itself; the first of two for U+0130.</summary>
    public static int Lower(int codePoint) => LowerOf[codePoint] is > 0 and var lower ? lower : codePoint;

    /// <summary>The script of the pre-tokenizer UnicodeScripts; 0 goes with every script.</summary>
    public static int Script(int codePoint) => ScriptOf[codePoint];

    /// <summary>The rank of a mark's canonical combining class; 0 for what is no such mark.</summary>
    public static int Order(int codePoint) => OrderOf[codePoint];

    /// <summary>The full canonical decomposition; empty for none. Hangul is not here.</summary>
    public static ReadOnlySpan<int> Canonical(int codePoint) => Decomposition(CanonicalOf[codePoint]);

    /// <summary>The full compatibility decomposition, where it differs from the canonical one; empty elsewhere.</summary>
    public static ReadOnlySpan<int> Compatible(int codePoint) => Decomposition(CompatibleOf[codePoint]);

    /// <summary>The character that two make up; 0 for none. Hangul is not here.</summary>
    public static int Compose(int first, int second) => Compositions.GetValueOrDefault(Pair(first, second));

    private static ReadOnlySpan<int> Decomposition(int place) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Pool).Slice(place >> LengthBits, place & ((1 << LengthBits) - 1));

    private static void Fill(TableEntry[] entries, Action<int, TableEntry> set)
    {
        foreach (var entry in entries)
        {
            for (var code = entry.First; code <= entry.Last; code += entry.Step)
            {
                set(code, entry);
            }
        }
    }

    private static IEnumerable<int> Codes(TableEntry entry)
    {
        for (var code = entry.First; code <= entry.Last; code += entry.Step)
        {
            yield return code;
        }
    }

    private static int Keep(int code, TableEntry entry)
    {
        var place = (Pool.Count << LengthBits) | entry.Values.Length;
        Pool.AddRange(entry.Values.Length == 1 ? [entry.Values[0] + code - entry.First] : entry.Values);
        return place;
    }

    // Shorter decompositions first: what a long one begins with is composed by then.
    private static void AddCompositions(IReadOnlyList<int> codes)
    {
        foreach (var code in codes.OrderBy(code => Canonical(code).Length))
        {
            var parts = Canonical(code);
            var first = parts[0];
            foreach (var part in parts[1..^1])
            {
                first = Compose(first, part);
            }

            Compositions.Add(Pair(first, parts[^1]), code);
        }
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;
}
