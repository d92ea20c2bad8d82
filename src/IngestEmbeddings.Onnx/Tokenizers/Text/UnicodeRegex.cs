using System.Globalization;
using System.Text.RegularExpressions;
using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>A regular expression in Oniguruma's form, run by .NET with the same meaning for every code point.</summary>
/// <remarks>
/// .NET matches UTF-16 units, and knows no category for half a surrogate pair. A code point outside the first plane is
/// therefore shown to it as one of the first plane that has the same general category. What the two write differently
/// is rewritten or refused, never run with another meaning.
/// </remarks>
internal sealed class UnicodeRegex : TextPattern
{
    // Rare letters, marks and signs, one of each category, that no tokenizer's expression names.
    internal const string StandIns = "\uA640\uA641\u1F88\uA67F\uA500\uA66F\uA823\uA670\uA620\uA6E6\u2189\u2028\u2028\u2028\u0001"
        + "\u06DD\uFFFF\uF8FF\uFE4F\uFE58\uFE5D\uFE5E\u2E20\u2E21\uA673\u2A00\uA838\uA700\uA490\uFFFE";

    [ThreadStatic]
    private static CharBuffer? _shown;

    [ThreadStatic]
    private static List<int>? _places;

    private readonly Regex _regex;

    private UnicodeRegex(Regex regex) => _regex = regex;

    public static UnicodeRegex Create(string expression, JsonPart part)
    {
        try
        {
            // In Oniguruma's Ruby syntax ^ and $ stand at every line.
            const RegexOptions Options = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
            return new UnicodeRegex(new Regex(OnigurumaSyntax.ToDotNet(expression), Options, Regex.InfiniteMatchTimeout));
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw part.Fault("Regex", $"the expression {expression} is not known to this version ({fault.Message})");
        }
    }

    public override void Find(ReadOnlySpan<char> text, List<Range> matches)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            foreach (var match in _regex.EnumerateMatches(text))
            {
                matches.Add(new Range(match.Index, match.Index + match.Length));
            }

            return;
        }

        var shown = _shown ??= new CharBuffer();
        var places = _places ??= [];
        Show(text, shown, places);
        foreach (var match in _regex.EnumerateMatches(shown.Written))
        {
            matches.Add(new Range(places[match.Index], places[match.Index + match.Length]));
        }

        shown.Shrink();
        places.Shrink();
    }

    private static void Show(ReadOnlySpan<char> text, CharBuffer shown, List<int> places)
    {
        for (var i = 0; i < text.Length;)
        {
            places.Add(i);
            var codePoint = CodePoints.At(text, i, out var length);
            shown.Append(length == 1 ? text[i] : StandIns[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)]);
            i += length;
        }

        places.Add(text.Length);
    }
}
