using IngestEmbeddings.Onnx.Files;

namespace IngestEmbeddings.Onnx.Tokenizers.Text;

/// <summary>What normalizers and pre-tokenizers look for: a string, or a regular expression.</summary>
internal abstract class TextPattern
{
    /// <summary>Reads <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
    public static TextPattern Read(JsonPart owner, string member)
    {
        var part = owner.Part(member);
        TextPattern pattern = part.OptionalString("String") is { Length: > 0 } text
            ? new StringPattern(text)
            : part.OptionalString("Regex") is { } expression
                ? UnicodeRegex.Create(expression, part)
                : throw part.Fault("is neither a string nor a regular expression");
        part.Close();
        return pattern;
    }

    public static TextPattern OfString(string wanted) => new StringPattern(wanted);

    /// <summary>Finds all matches, from left to right, none inside another.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="matches">An empty list that takes them.</param>
    public abstract void Find(ReadOnlySpan<char> text, List<Range> matches);

    private sealed class StringPattern(string wanted) : TextPattern
    {
        public override void Find(ReadOnlySpan<char> text, List<Range> matches)
        {
            for (var i = 0; i < text.Length;)
            {
                var next = text[i..].IndexOf(wanted, StringComparison.Ordinal);
                if (next < 0)
                {
                    return;
                }

                matches.Add(new Range(i + next, i + next + wanted.Length));
                i += next + wanted.Length;
            }
        }
    }
}
