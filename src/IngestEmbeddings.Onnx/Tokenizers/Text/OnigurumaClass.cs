using System.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Rewrites a class in brackets: unions of classes, and intersections by <c>&amp;&amp;</c>, which .NET lacks.</summary>
internal static class OnigurumaClass
{
    private const int MaxDepth = 16;

    /// <summary>Reads a class, the position at its bracket.</summary>
    /// <returns>An expression that matches one character.</returns>
    public static string Read(string expression, ref int position) => Read(expression, ref position, 0);

    private static string Read(string expression, ref int position, int depth)
    {
        if (depth == MaxDepth)
        {
            throw new NotSupportedException($"classes inside each other, {MaxDepth} deep");
        }

        position++;
        var isNegated = position < expression.Length && expression[position] == '^';
        position += isNegated ? 1 : 0;
        var operands = new List<string>();
        var (plain, nested) = (new StringBuilder(), new List<string>());
        for (var isFirst = true; ; isFirst = false)
        {
            if (position >= expression.Length)
            {
                throw new ArgumentException("it has a class that does not end");
            }

            var rest = expression.AsSpan(position);
            if (rest[0] == ']' && !isFirst)
            {
                position++;
                operands.Add(Union(plain, nested));
                return Intersection(operands, isNegated);
            }

            if (rest.StartsWith("&&", StringComparison.Ordinal))
            {
                position += 2;
                operands.Add(Union(plain, nested));
                plain.Clear();
                nested.Clear();
            }
            else if (rest.StartsWith("[:", StringComparison.Ordinal))
            {
                throw new NotSupportedException("a POSIX bracket");
            }
            else if (rest[0] == '[')
            {
                nested.Add(Read(expression, ref position, depth + 1));
            }
            else
            {
                AddMember(expression, ref position, plain, nested);
            }
        }
    }

    private static void AddMember(string expression, ref int position, StringBuilder plain, List<string> nested)
    {
        var first = ReadCharacter(expression, ref position, out var isClass);
        if (isClass && first[0] == '^')
        {
            nested.Add($"[{first}]");
            return;
        }

        plain.Append(first);
        // A hyphen at the end, or after a class, stands for itself.
        if (position + 1 < expression.Length && expression[position] == '-')
        {
            var isRange = !isClass && expression[position + 1] is not (']' or '[');
            position++;
            plain.Append(isRange ? "-" : @"\-");
            if (isRange)
            {
                plain.Append(ReadCharacter(expression, ref position, out var endsInClass));
                if (endsInClass)
                {
                    throw new NotSupportedException("a range that ends in a class");
                }
            }
        }
    }

    private static string ReadCharacter(string expression, ref int position, out bool isClass)
    {
        var character = expression[position];
        if (char.IsSurrogate(character))
        {
            throw new NotSupportedException("it names a character outside the first plane");
        }

        if (character != '\\')
        {
            position++;
            isClass = false;
            return character is '[' or ']' or '-' or '^' or '\\' ? $"\\{character}" : character.ToString();
        }

        var (text, isSet) = OnigurumaEscape.Read(expression, ref position);
        isClass = isSet || text is [_, 'p' or 'P' or 's' or 'S', ..];
        return text;
    }

    private static string Union(StringBuilder plain, List<string> nested)
    {
        string[] parts = [.. plain.Length > 0 ? [$"[{plain}]"] : (string[])[], .. nested];
        return parts.Length switch
        {
            0 => throw new ArgumentException("it has an empty class"),
            1 => parts[0],
            _ => $"(?:{string.Join('|', parts)})",
        };
    }

    private static string Intersection(List<string> operands, bool isNegated)
    {
        var last = operands[^1];
        var all = string.Concat(operands.SkipLast(1).Select(operand => $"(?={operand})")) + last;
        return !isNegated ? operands.Count == 1 ? all : $"(?:{all})"
            : operands.Count == 1 && last[0] == '[' ? last[1] == '^' ? $"[{last[2..]}" : $"[^{last[1..]}"
            : $@"(?:(?!{all})[\s\S])";
    }
}
