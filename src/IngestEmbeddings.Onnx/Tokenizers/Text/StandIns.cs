using System.Globalization;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>
/// The characters of the first plane that stand for those beyond it when .NET matches: one of the same general category that the
/// expression does not name.
/// </summary>
internal sealed class StandIns
{
    private const int Categories = (int)UnicodeCategory.OtherNotAssigned + 1;

    // Signs that count as letters: of category So, and yet \w, whose translation has this range.
    private const string WordSigns = @"\u24B6-\u24E9";
    private const char WordSign = '\u24B6';

    private readonly char[] _characters = new char[Categories];
    private readonly char _wordSign;

    /// <param name="expression">The expression, as .NET has it.</param>
    public StandIns(string expression)
    {
        var ranges = ReadRanges(expression);
        for (var unit = char.MaxValue; unit > 0x7F; unit--)
        {
            var category = char.GetUnicodeCategory(unit);
            if (_characters[(int)category] == 0 && unit is not (>= WordSign and <= '\u24E9') && !char.IsSurrogate(unit)
                && !ranges.Exists(range => unit >= range.First && unit <= range.Last))
            {
                _characters[(int)category] = unit;
            }
        }

        _wordSign = expression.Contains(WordSigns, StringComparison.Ordinal) ? WordSign : _characters[(int)UnicodeCategory.OtherSymbol];
    }

    /// <summary>The character to show for a code point beyond the first plane.</summary>
    public char Of(int codePoint) => codePoint is (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189)
        ? _wordSign
        : _characters[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)];

    // Every character in the expression, and what lies between two with a hyphen; a few ranges too many do no harm.
    private static List<(char First, char Last)> ReadRanges(string expression)
    {
        var ranges = new List<(char, char)>();
        var previous = '\0';
        for (var i = 0; i < expression.Length; i++)
        {
            var unit = expression[i];
            var isRange = i > 0 && expression[i - 1] == '-';
            if (unit == '\\' && i + 5 < expression.Length && expression[i + 1] == 'u')
            {
                unit = (char)int.Parse(expression.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 5;
            }

            if (unit != '-')
            {
                ranges.Add((isRange && previous < unit ? previous : unit, unit));
                previous = unit;
            }
        }

        return ranges;
    }
}
