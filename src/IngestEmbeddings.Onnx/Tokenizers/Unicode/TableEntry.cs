using System.Globalization;

namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>One entry of the tables' file: <c>C0-D6=E0</c>, <c>100-12E/2=101</c>, <c>C0=41.300</c> or <c>5F</c>, all hexadecimal.</summary>
/// <param name="First">The first code point.</param>
/// <param name="Last">The last code point.</param>
/// <param name="Step">The distance between two of the range.</param>
/// <param name="Values">What stands after the equals sign: a value, or code points; of a range, those of the first.</param>
internal readonly record struct TableEntry(int First, int Last, int Step, int[] Values)
{
    public static IEnumerable<TableEntry> ReadLine(string line) => line.Split(' ').Skip(1).Select(Read);

    private static TableEntry Read(string text)
    {
        var value = text.IndexOf('=', StringComparison.Ordinal);
        int[] values = value < 0 ? [] : [.. text[(value + 1)..].Split('.').Select(Hex)];
        var range = value < 0 ? text : text[..value];
        var step = range.EndsWith("/2", StringComparison.Ordinal) ? 2 : 1;
        range = step == 2 ? range[..^2] : range;
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        return dash < 0
            ? new TableEntry(Hex(range), Hex(range), 1, values)
            : new TableEntry(Hex(range[..dash]), Hex(range[(dash + 1)..]), step, values);
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
