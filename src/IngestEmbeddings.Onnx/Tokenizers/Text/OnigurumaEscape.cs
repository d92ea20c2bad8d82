using System.Globalization;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Reads what stands behind a backslash.</summary>
internal static class OnigurumaEscape
{
    // Letters, marks, numerals of the kinds Nd and Nl, connectors, and signs that count as letters.
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9";

    // The general categories, which both name alike.
    private static readonly HashSet<string> Categories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
    ];

    /// <summary>Reads an escape, the position at its backslash.</summary>
    /// <returns>The text for .NET; and whether it is a class, to stand in brackets.</returns>
    public static (string Text, bool IsClass) Read(string expression, ref int position)
    {
        if (position + 1 >= expression.Length)
        {
            throw new ArgumentException("it ends with a backslash");
        }

        var escaped = expression[position + 1];
        position += 2;
        switch (escaped)
        {
            case 'w':
                return (WordClass, true);
            case 'W':
                return ($"^{WordClass}", true);
            case 'd':
                return (@"\p{Nd}", false);
            case 'D':
                return (@"\P{Nd}", false);
            case 's' or 'S':
                return ($"\\{escaped}", false);
            case 'h':
                return ("0-9a-fA-F", true);
            case 'p' or 'P':
                return (ReadCategory(expression, escaped, ref position), false);
            case 'x' or 'u':
                return (ReadCode(expression, escaped, ref position), false);
            case 't' or 'n' or 'r' or 'f' or 'v' or 'a' or 'e' or 'A' or 'z':
                return ($"\\{escaped}", false);
            default:
                return char.IsAsciiLetterOrDigit(escaped) || escaped > 0x7F
                    ? throw new NotSupportedException($"\\{escaped}")
                    : ($"\\{escaped}", false);
        }
    }

    private static string ReadCategory(string expression, char escaped, ref int position)
    {
        var end = expression.IndexOf('}', position);
        if (end < 0 || expression[position] != '{' || !Categories.Contains(expression[(position + 1)..end]))
        {
            throw new NotSupportedException(end < 0 ? $"\\{escaped}" : $"\\{escaped}{expression[position..(end + 1)]}");
        }

        var text = $"\\{escaped}{expression[position..(end + 1)]}";
        position = end + 1;
        return text;
    }

    // \x41, \x{3042}, \u3042
    private static string ReadCode(string expression, char escaped, ref int position)
    {
        var isBraced = escaped == 'x' && position < expression.Length && expression[position] == '{';
        var end = isBraced ? expression.IndexOf('}', position) : position + (escaped == 'x' ? 2 : 4);
        var digits = end >= position && end <= expression.Length ? expression[(isBraced ? position + 1 : position)..end] : "";
        if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code is < 0 or > 0xFFFF || char.IsSurrogate((char)code))
        {
            throw new NotSupportedException($"\\{escaped}{digits}");
        }

        position = isBraced ? end + 1 : end;
        return string.Create(CultureInfo.InvariantCulture, $"\\u{code:X4}");
    }
}
