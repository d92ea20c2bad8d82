using System.Globalization;
using System.Text;

namespace IngestEmbeddings.Tests.Onnx.Tokenizers.Reference;

/// <summary>Writes sets and maps of code points, one a line: the name, then ranges in hexadecimal.</summary>
internal static class CodePointRanges
{
    /// <summary>All code points that a text can hold, but U+0000 and the one that ends a piece.</summary>
    public static IEnumerable<int> All() =>
        Enumerable.Range(1, 0x10FFFF).Where(code => code is not (>= 0xD800 and <= 0xDFFF) and not ReferenceParts.End);

    /// <summary><c>name 30-39 5F</c>.</summary>
    public static void Add(StringBuilder text, string name, IEnumerable<int> codes) =>
        AddValues(text, name, codes.ToDictionary(code => code, _ => 0));

    /// <summary><c>name 300-314=49 315=51</c>; without values where all are 0.</summary>
    public static void AddValues(StringBuilder text, string name, Dictionary<int, int> values)
    {
        CopyUnasked(values);
        text.Append(name);
        var (start, last) = (-1, -1);
        foreach (var code in values.Keys.Order())
        {
            if (start >= 0 && (code != last + 1 || values[code] != values[last]))
            {
                AddRange(text, start, last, values[last]);
                start = -1;
            }

            start = start < 0 ? code : start;
            last = code;
        }

        AddRange(text, start, last, values[last]);
        text.Append('\n');
    }

    /// <summary><c>name C0=41.300 C1=41.301</c>; neighbours at the same distance from what they become are one range.</summary>
    public static void AddMap(StringBuilder text, string name, Dictionary<int, string> map)
    {
        text.Append(name);
        var entries = map.OrderBy(entry => entry.Key).Select(entry => (Code: entry.Key, To: Runes(entry.Value))).ToArray();
        for (var i = 0; i < entries.Length;)
        {
            var length = RunLength(entries.AsSpan(i));
            var (code, to) = entries[i];
            var step = length > 1 ? entries[i + 1].Code - code : 1;
            text.Append(' ').Append(Hex(code));
            if (length > 1)
            {
                text.Append('-').Append(Hex(entries[i + length - 1].Code)).Append(step == 2 ? "/2" : "");
            }

            text.Append('=').AppendJoin('.', to.Select(Hex));
            i += length;
        }

        text.Append('\n');
    }

    // The two code points that cannot be asked for are like their neighbours: a control, and one for private use.
    private static void CopyUnasked(Dictionary<int, int> values)
    {
        foreach (var (code, neighbour) in (ReadOnlySpan<(int, int)>)[(0, 1), (ReferenceParts.End, ReferenceParts.End - 1)])
        {
            if (values.TryGetValue(neighbour, out var value))
            {
                values[code] = value;
            }
        }
    }

    private static int RunLength(ReadOnlySpan<(int Code, int[] To)> entries)
    {
        var length = 1;
        while (length < entries.Length
            && entries[length].Code - entries[length - 1].Code is 1 or 2
            && entries[length].Code - entries[length - 1].Code == entries[1].Code - entries[0].Code
            && entries[length].To is [var to] && entries[0].To is [var first]
            && to - first == entries[length].Code - entries[0].Code)
        {
            length++;
        }

        return length;
    }

    private static void AddRange(StringBuilder text, int start, int last, int value)
    {
        text.Append(' ').Append(Hex(start));
        if (last > start)
        {
            text.Append('-').Append(Hex(last));
        }

        if (value > 0)
        {
            text.Append('=').Append(Hex(value));
        }
    }

    private static int[] Runes(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    private static string Hex(int code) => code.ToString("X", CultureInfo.InvariantCulture);
}
