using System.Buffers;
using IngestEmbeddings.Onnx.Tokenizers.Loading;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>The normalizer of SentencePiece's own library: compiled rules by the longest match, then white space.</summary>
internal sealed class SentencePieceNormalizer : Normalizer
{
    private const char Mark = '▁';

    private readonly CharsMap? _map;
    private readonly bool _addsMark;
    private readonly bool _markIsSuffix;
    private readonly bool _removesExtra;
    private readonly char _space;

    public SentencePieceNormalizer(SentencePieceFile file)
    {
        _map = file.CharsMap.Length == 0 ? null
            : CharsMap.Read(file.CharsMap) ?? throw file.Fault("has a damaged normalization map (precompiled_charsmap)");
        _addsMark = file.AddsDummyPrefix;
        _markIsSuffix = file.SpaceIsSuffix;
        _removesExtra = file.RemovesExtraSpaces;
        _space = file.EscapesSpaces ? Mark : ' ';
    }

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        var mapped = workspace.Inner;
        mapped.Clear();
        Map(text, mapped);
        var body = mapped.Written;
        body = _removesExtra ? body.TrimStart(' ') : body;
        if (body.IsEmpty)
        {
            return true;
        }

        if (_addsMark && !_markIsSuffix)
        {
            output.Append(_space);
        }

        var afterSpace = _removesExtra;
        foreach (var unit in body)
        {
            if (unit != ' ' || !afterSpace)
            {
                output.Append(unit == ' ' ? _space : unit);
            }

            afterSpace = _removesExtra && unit == ' ';
        }

        while (_removesExtra && output.Length > 0 && output.Written[^1] == _space)
        {
            output.Truncate(output.Length - 1);
        }

        if (_addsMark && _markIsSuffix)
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
