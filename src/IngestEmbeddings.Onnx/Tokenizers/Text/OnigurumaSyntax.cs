using System.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Rewrites the expressions of tokenizer files, which are Oniguruma's, for .NET.</summary>
internal static class OnigurumaSyntax
{
    private const string WordClass = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D";

    /// <summary>The same expression for .NET.</summary>
    /// <exception cref="NotSupportedException">It has a construct that means something else there.</exception>
    public static string ToDotNet(string expression)
    {
        var output = new StringBuilder();
        var inClass = false;
        for (var i = 0; i < expression.Length; i++)
        {
            var c = expression[i];
            if (char.IsSurrogate(c))
            {
                throw new NotSupportedException("it names a character outside the first plane");
            }

            if (c == '\\' && i + 1 < expression.Length)
            {
                output.Append(Escape(expression[++i], inClass));
                continue;
            }

            RefuseOtherMeaning(expression, i, inClass);
            inClass = inClass ? c != ']' : c == '[';
            output.Append(c);
        }

        return output.ToString();
    }

    private static string Escape(char escaped, bool inClass) => escaped switch
    {
        'w' => inClass ? WordClass : $"[{WordClass}]",
        'W' when !inClass => $"[^{WordClass}]",
        'd' => @"\p{Nd}",
        'D' => @"\P{Nd}",
        'W' or 'b' or 'B' or 'h' or 'H' or 'R' or 'X' or 'K' or 'G' or 'Z' or 'k' or 'g' or (>= '1' and <= '9') =>
            throw new NotSupportedException($"\\{escaped}"),
        _ => $"\\{escaped}",
    };

    private static void RefuseOtherMeaning(string expression, int i, bool inClass)
    {
        var rest = expression.AsSpan(i);
        if (inClass && (rest[0] == '[' || rest.StartsWith("&&", StringComparison.Ordinal) || rest.StartsWith("-[", StringComparison.Ordinal)))
        {
            throw new NotSupportedException("a class inside a class");
        }

        if (!inClass && rest.StartsWith("(?", StringComparison.Ordinal) && rest.Length > 2 && rest[2] is not (':' or '=' or '!' or '<' or '>' or 'i'))
        {
            throw new NotSupportedException($"(?{rest[2]}");
        }
    }
}
