using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>SentencePiece's compiled rules in the way the <c>tokenizers</c> library applies them.</summary>
/// <remarks>
/// The text goes by grapheme clusters. A cluster of less than six UTF-8 bytes whose beginning has a rule is replaced as
/// a whole by the shortest such rule, even if the rule covers only its beginning; otherwise each of its code points is
/// replaced by itself. SentencePiece itself takes the longest match instead.
/// </remarks>
internal sealed class Precompiled : Normalizer
{
    private const int ClusterLimit = 6;
    // Below the first combining mark a code point is a cluster of its own, but for CR LF.
    private const char FirstCombining = '\u0300';

    private readonly CharsMap _map;
    // The replacement of each code point of the first plane, null for none: most texts need nothing else.
    private readonly string?[] _single = new string?[0x10000];

    public Precompiled(CharsMap map)
    {
        _map = map;
        for (var unit = 1; unit < _single.Length; unit++)
        {
            _single[unit] = char.IsSurrogate((char)unit) ? null : Replacement([(char)unit]);
        }
    }

    public static Precompiled? Read(JsonPart part)
    {
        var text = part.OptionalString("precompiled_charsmap");
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var blob = new byte[text.Length];
        return Convert.TryFromBase64String(text, blob, out var length) && CharsMap.Read(blob.AsSpan(0, length)) is { } map
            ? new Precompiled(map)
            : throw part.Fault("precompiled_charsmap", "is damaged");
    }

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        var changed = false;
        for (var i = 0; i < text.Length;)
        {
            var length = ClusterLength(text[i..]);
            changed |= AppendCluster(text.Slice(i, length), output);
            i += length;
        }

        return changed;
    }

    private static int ClusterLength(ReadOnlySpan<char> text) =>
        text[0] < FirstCombining && (text.Length == 1 || (text[1] < FirstCombining && text[0] != '\r'))
            ? 1
            : GraphemeClusters.Length(text);

    private bool AppendCluster(ReadOnlySpan<char> cluster, CharBuffer output)
    {
        if (cluster.Length > 1 && System.Text.Encoding.UTF8.GetByteCount(cluster) < ClusterLimit && Replacement(cluster) is { } whole)
        {
            output.Append(whole);
            return true;
        }

        var changed = false;
        for (var i = 0; i < cluster.Length;)
        {
            var length = char.IsHighSurrogate(cluster[i]) ? 2 : 1;
            var part = cluster.Slice(i, length);
            var replacement = length == 1 ? _single[part[0]] : Replacement(part);
            output.Append(replacement is null ? part : replacement);
            changed |= replacement is not null;
            i += length;
        }

        return changed;
    }

    private string? Replacement(ReadOnlySpan<char> text)
    {
        Span<byte> utf8 = stackalloc byte[ClusterLimit];
        var length = System.Text.Encoding.UTF8.GetBytes(text, utf8);
        return _map.Match(utf8[..length], longest: false, out var replacement) > 0 ? replacement : null;
    }
}
