using System.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>Rewrites the expressions of tokenizer files, which are Oniguruma's, for .NET.</summary>
/// <remarks>
/// A construct that .NET writes differently is written its way; one that it lacks, and that no published tokenizer needs, is
/// refused: script names, POSIX brackets, references, conditions, calls.
/// </remarks>
internal sealed class OnigurumaSyntax
{
    // By itself \w has these numerals too, and in brackets it has not.
    private const string WordNumerals = @"\u00B2\u00B3\u00B9\u00BC-\u00BE";

    private readonly string _expression;
    private readonly StringBuilder _output = new();
    private readonly Stack<(int Start, bool IgnoresCase)> _groups = new();
    private int _position;
    private int _atom = -1;
    private bool _ignoresCase;

    private OnigurumaSyntax(string expression) => _expression = expression;

    private char Current => _expression[_position];

    private ReadOnlySpan<char> Rest => _expression.AsSpan(_position);

    /// <summary>The same expression for .NET.</summary>
    /// <exception cref="NotSupportedException">It has a construct whose meaning is not known.</exception>
    /// <exception cref="ArgumentException">It is no expression.</exception>
    public static string ToDotNet(string expression) => new OnigurumaSyntax(expression).Translate();

    private string Translate()
    {
        while (_position < _expression.Length)
        {
            Step();
        }

        return _output.ToString();
    }

    private void Step()
    {
        if (char.IsSurrogate(Current))
        {
            throw new NotSupportedException("it names a character outside the first plane");
        }

        switch (Current)
        {
            case '(':
                OpenGroup();
                break;
            case ')':
                CloseGroup();
                break;
            case '[':
                Atom(OnigurumaClass.Read(_expression, ref _position));
                break;
            case '\\':
                Atom(ReadEscape());
                break;
            case '*' or '+' or '?' or '{' when _atom >= 0 && TryReadQuantifier(out var quantifier):
                Repeat(quantifier);
                break;
            case '|' or '^' or '$':
                _output.Append(_expression[_position++]);
                _atom = -1;
                break;
            default:
                Atom(Literal(_expression[_position++]));
                break;
        }
    }

    private void Atom(string text)
    {
        _atom = _output.Length;
        _output.Append(text);
    }

    private void OpenGroup()
    {
        _groups.Push((_output.Length, _ignoresCase));
        _atom = -1;
        if (!Rest.StartsWith("(?", StringComparison.Ordinal))
        {
            // Nothing refers to what a group holds.
            _output.Append("(?:");
            _position++;
            return;
        }

        foreach (var kind in (ReadOnlySpan<string>)["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"])
        {
            if (Rest.StartsWith(kind, StringComparison.Ordinal))
            {
                _output.Append(kind);
                _position += kind.Length;
                return;
            }
        }

        if (Rest.StartsWith("(?i:", StringComparison.Ordinal))
        {
            _ignoresCase = true;
            _output.Append("(?i:");
            _position += 4;
            return;
        }

        throw new NotSupportedException(Rest[..Math.Min(3, Rest.Length)].ToString());
    }

    private void CloseGroup()
    {
        if (!_groups.TryPop(out var group))
        {
            throw new ArgumentException("it closes a group that is not open");
        }

        (_atom, _ignoresCase) = group;
        _output.Append(_expression[_position++]);
    }

    private string Literal(char character)
    {
        if (_ignoresCase && character > 0x7F)
        {
            throw new NotSupportedException("letters beyond ASCII without regard to case");
        }

        // The long s is the one character beyond what .NET takes for a case of an ASCII letter.
        return _ignoresCase && character is 's' or 'S' ? @"[s\u017F]" : character is '{' or '}' ? $"\\{character}" : character.ToString();
    }

    // {n}, {n,}, {n,m}, {,m}; anything else in braces stands for itself.
    private bool TryReadQuantifier(out string quantifier)
    {
        quantifier = Current.ToString();
        if (Current != '{')
        {
            _position++;
            return true;
        }

        var end = Rest.IndexOf('}');
        var bounds = end < 0 ? [] : Rest[1..end].ToString().Split(',');
        if (bounds.Length is 0 or > 2 || bounds.All(bound => bound.Length == 0) || bounds.Any(bound => !bound.All(char.IsAsciiDigit)))
        {
            return false;
        }

        quantifier = bounds[0].Length == 0 ? $"{{0,{bounds[1]}}}" : Rest[..(end + 1)].ToString();
        _position += end + 1;
        return true;
    }

    private void Repeat(string quantifier)
    {
        var isInterval = quantifier[0] == '{';
        if (!isInterval && _position < _expression.Length && Current == '+')
        {
            _position++;
            _output.Insert(_atom, "(?>").Append(quantifier).Append(')');
            return;
        }

        if (_position < _expression.Length && Current == '?')
        {
            if (isInterval && !quantifier.Contains(',', StringComparison.Ordinal))
            {
                throw new NotSupportedException(quantifier + "?");
            }

            _position++;
            quantifier += '?';
        }

        // What is repeated may be repeated again, which .NET wants in a group.
        _output.Insert(_atom, "(?:").Append(quantifier).Append(')');
    }

    private string ReadEscape()
    {
        var escaped = Rest.Length > 1 ? Rest[1] : '\0';
        var (text, isClass) = OnigurumaEscape.Read(_expression, ref _position);
        return !isClass ? text : escaped is 'w' or 'W' ? $"[{text}{WordNumerals}]" : $"[{text}]";
    }
}
