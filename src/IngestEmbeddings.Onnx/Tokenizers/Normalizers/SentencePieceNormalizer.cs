using System.Buffers;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>The normalizer of SentencePiece's own library: compiled rules by the longest match, then white space.</summary>
internal sealed class SentencePieceNormalizer : Normalizer
{
    private const char Mark = '▁';

    private readonly CharsMap? _map;
    private readonly SpaceRules _rules;
    private readonly char _space;

    /// <param name="map">The compiled rules; null for none.</param>
    /// <param name="rules">What becomes of white space.</param>
    public SentencePieceNormalizer(CharsMap? map, SpaceRules rules)
    {
        _map = map;
        _rules = rules;
        _space = rules.EscapesSpaces ? Mark : ' ';
    }

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        var mapped = workspace.Inner;
        mapped.Clear();
        Map(text, mapped);
        var body = mapped.Written;
        body = _rules.RemovesExtraSpaces ? body.TrimStart(' ') : body;
        if (body.IsEmpty)
        {
            return true;
        }

        if (_rules.AddsDummyPrefix && !_rules.SpaceIsSuffix)
        {
            output.Append(_space);
        }

        var afterSpace = _rules.RemovesExtraSpaces;
        foreach (var unit in body)
        {
            if (unit != ' ' || !afterSpace)
            {
                output.Append(unit == ' ' ? _space : unit);
            }

            afterSpace = _rules.RemovesExtraSpaces && unit == ' ';
        }

        while (_rules.RemovesExtraSpaces && output.Length > 0 && output.Written[^1] == _space)
        {
            output.Truncate(output.Length - 1);
        }

        if (_rules.AddsDummyPrefix && _rules.SpaceIsSuffix)
        {
            output.Append(_space);
        }

        return true;
    }

    private void Map(ReadOnlySpan<char> text, CharBuffer output)
    {
        if (_map is null)
        {
            output.Append(text);
            return;
        }

        var size = System.Text.Encoding.UTF8.GetMaxByteCount(text.Length);
        var rented = ArrayPool<byte>.Shared.Rent(size);
        var utf8 = rented.AsSpan(0, System.Text.Encoding.UTF8.GetBytes(text, rented));
        while (!utf8.IsEmpty)
        {
            var length = _map.Match(utf8, longest: true, out var replacement);
            if (length > 0)
            {
                output.Append(replacement);
            }
            else
            {
                System.Text.Rune.DecodeFromUtf8(utf8, out var rune, out length);
                output.Append(rune.Value);
            }

            utf8 = utf8[length..];
        }

        ArrayPool<byte>.Shared.Return(rented);
    }
}

/// <summary>What SentencePiece's normalizer does with white space.</summary>
/// <param name="AddsDummyPrefix">A space is put before a text that is not empty.</param>
/// <param name="SpaceIsSuffix">That space is put after the text instead.</param>
/// <param name="RemovesExtraSpaces">Spaces at both ends are removed, and runs of spaces become one.</param>
/// <param name="EscapesSpaces">Spaces become the visible mark U+2581.</param>
internal sealed record SpaceRules(bool AddsDummyPrefix, bool SpaceIsSuffix, bool RemovesExtraSpaces, bool EscapesSpaces);
