using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

/// <summary>SentencePiece's white space: spaces become a visible mark, and each word begins with one.</summary>
internal sealed class Metaspace(string mark, MetaspacePrepend prepend, bool split) : PreTokenizer
{
    public static Metaspace Read(JsonPart part)
    {
        // An older form of "replacement", which the reference ignores.
        part.Ignore("str_rep");
        var mark = part.String("replacement", "▁");
        if (CodePoints.Count(mark) != 1)
        {
            throw part.Fault("replacement", $"is '{mark}', which is not one character");
        }

        var addsSpace = part.Bool("add_prefix_space", true);
        var prepend = part.OptionalString("prepend_scheme") switch
        {
            "always" => MetaspacePrepend.Always,
            "first" => MetaspacePrepend.First,
            "never" => MetaspacePrepend.Never,
            null => addsSpace ? MetaspacePrepend.Always : MetaspacePrepend.Never,
            var other => throw part.Fault("prepend_scheme", $"'{other}' is not known to this version"),
        };
        return new Metaspace(mark, prepend, part.Bool("split", true));
    }

    public override void Split(ReadOnlySpan<char> text, bool atStart, PieceList pieces)
    {
        var first = atStart;
        var wanted = prepend == MetaspacePrepend.Always || (prepend == MetaspacePrepend.First && atStart);
        if (wanted && text[0] != ' ' && !text.StartsWith(mark, StringComparison.Ordinal))
        {
            pieces.Open.Append(mark);
        }

        for (var i = 0; i < text.Length;)
        {
            var isMark = text[i] == ' ' || text[i..].StartsWith(mark, StringComparison.Ordinal);
            if (isMark && split && i > 0)
            {
                pieces.EndPiece(first);
                first = false;
            }

            if (isMark)
            {
                pieces.Open.Append(mark);
                i += text[i] == ' ' ? 1 : mark.Length;
                continue;
            }

            var word = text[i..];
            var end = word.IndexOfAny(' ', mark[0]);
            word = end < 0 ? word : word[..Math.Max(end, 1)];
            pieces.Open.Append(word);
            i += word.Length;
        }

        pieces.EndPiece(first);
    }
}

/// <summary>Which texts get a mark before them.</summary>
internal enum MetaspacePrepend
{
    /// <summary>All.</summary>
    Always,

    /// <summary>The one at the beginning, not those after a special token.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
