using System.Text.RegularExpressions;
using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>A regular expression in Oniguruma's form, run by .NET with the same meaning for every code point.</summary>
/// <remarks>
/// .NET matches UTF-16 units, and knows no category for half a surrogate pair. A code point beyond the first plane is therefore
/// shown to it as one of the first plane that has the same general category. Its categories are part of .NET, not of the system, and
/// those of the library: a test compares every code point.
/// </remarks>
internal sealed class UnicodeRegex : TextPattern
{
    private const int MaxLength = 10_000;

    [ThreadStatic]
    private static CharBuffer? _shown;

    [ThreadStatic]
    private static List<int>? _places;

    private readonly Regex _regex;
    private readonly StandIns _standIns;

    private UnicodeRegex(Regex regex)
    {
        _regex = regex;
        _standIns = new StandIns(regex.ToString());
    }

    public static UnicodeRegex Create(string expression, JsonPart part)
    {
        try
        {
            if (expression.Length > MaxLength)
            {
                throw new NotSupportedException($"it has more than {MaxLength} characters");
            }

            // In Oniguruma's Ruby syntax ^ and $ stand at every line.
            const RegexOptions Options = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
            return new UnicodeRegex(new Regex(OnigurumaSyntax.ToDotNet(expression), Options, TextDeadline.Limit));
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw part.Fault("Regex", $"the expression {expression} is not known to this version ({fault.Message})");
        }
    }

    public override void Find(ReadOnlySpan<char> text, List<Range> matches)
    {
        try
        {
            if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            {
                foreach (var match in _regex.EnumerateMatches(text))
                {
                    TextDeadline.Check();
                    matches.Add(new Range(match.Index, match.Index + match.Length));
                }

                return;
            }

            FindShown(text, matches);
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw TextDeadline.Exceeded(fault);
        }
    }

    private void FindShown(ReadOnlySpan<char> text, List<Range> matches)
    {
        var shown = _shown ??= new CharBuffer();
        var places = _places ??= [];
        shown.Clear();
        places.Clear();
        for (var i = 0; i < text.Length;)
        {
            places.Add(i);
            var codePoint = CodePoints.At(text, i, out var length);
            shown.Append(length == 1 ? text[i] : _standIns.Of(codePoint));
            i += length;
        }

        places.Add(text.Length);
        foreach (var match in _regex.EnumerateMatches(shown.Written))
        {
            TextDeadline.Check();
            matches.Add(new Range(places[match.Index], places[match.Index + match.Length]));
        }

        shown.Shrink();
        places.Shrink();
    }
}
