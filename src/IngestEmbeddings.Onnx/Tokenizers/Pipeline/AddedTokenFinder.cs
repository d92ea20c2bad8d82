using System.Buffers;
using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Pipeline;

/// <summary>Finds added tokens in a text: the leftmost, and of those that begin there the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, Candidate[]> _byFirst;
    private readonly SearchValues<char> _firsts;

    /// <param name="tokens">The spelling to look for, and its token.</param>
    public AddedTokenFinder(IEnumerable<(string Spelling, AddedToken Token)> tokens)
    {
        _byFirst = tokens
            .Where(entry => entry.Spelling.Length > 0)
            .GroupBy(entry => entry.Spelling[0])
            .ToDictionary(
                group => group.Key,
                group => group.OrderByDescending(entry => entry.Spelling.Length).Select(entry => new Candidate(entry.Spelling, entry.Token)).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    public bool IsEmpty => _byFirst.Count == 0;

    /// <summary>Finds the next token from a position on.</summary>
    /// <param name="text">Well-formed text.</param>
    /// <param name="from">Where to begin; white space before it is never taken.</param>
    /// <param name="match">The part of the text that the token takes, stripped white space included.</param>
    public bool TryFind(ReadOnlySpan<char> text, int from, out AddedTokenMatch match)
    {
        for (var i = from; i < text.Length; i++)
        {
            var next = text[i..].IndexOfAny(_firsts);
            if (next < 0)
            {
                break;
            }

            i += next;
            if (Longest(text[i..]) is not { } found)
            {
                continue;
            }

            var end = i + found.Spelling.Length;
            if (found.Token.SingleWord && (EndsWithWord(text[..i]) || StartsWithWord(text[end..])))
            {
                // What a refused token covers is not searched again, as in the reference.
                i = end - 1;
                continue;
            }

            var start = found.Token.StripLeft ? from + text[from..i].TrimEnd().Length : i;
            end = found.Token.StripRight ? text.Length - text[end..].TrimStart().Length : end;
            match = new AddedTokenMatch(start, end, found.Token.Id);
            return true;
        }

        match = default;
        return false;
    }

    private Candidate? Longest(ReadOnlySpan<char> text)
    {
        foreach (var candidate in _byFirst[text[0]])
        {
            if (text.StartsWith(candidate.Spelling, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        return null;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && Characters.IsWord(rune.Value);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && Characters.IsWord(rune.Value);

    private sealed record Candidate(string Spelling, AddedToken Token);
}

/// <summary>The part of a text that an added token takes.</summary>
internal readonly record struct AddedTokenMatch(int Start, int End, int Id);
