using System.Text.Json;
using IngestEmbeddings.Onnx.Files;
using IngestEmbeddings.Onnx.Tokenizers.Models;

namespace IngestEmbeddings.Onnx.Tokenizers.Loading;

/// <summary>Reads a BPE model.</summary>
internal static class BpeReader
{
    private const int MaxAffixLength = 64;

    public static BpeModel Read(JsonPart part)
    {
        if (part.Raw("dropout") is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0))
        {
            throw part.Fault("dropout", $"is {dropout.GetRawText()}: the same text would have other tokens each time");
        }

        var vocabulary = Vocabulary.Read(part);
        var continuingPrefix = ReadAffix(part, "continuing_subword_prefix");
        var unknownToken = part.OptionalString("unk_token");
        int? unknown = unknownToken is null ? null
            : vocabulary.TryGetValue(unknownToken, out var id) ? id
            : throw part.Fault("unk_token", $"'{unknownToken}' is not in the vocabulary");
        var options = new BpeOptions(
            unknown,
            part.Bool("fuse_unk", false),
            part.Bool("byte_fallback", false),
            part.Bool("ignore_merges", false),
            continuingPrefix,
            ReadAffix(part, "end_of_word_suffix"));
        return new BpeModel(vocabulary, ReadMerges(part, vocabulary, continuingPrefix.Length), options);
    }

    // Put together with a character on the stack, so that its length is bounded.
    private static string ReadAffix(JsonPart part, string member) => (part.OptionalString(member) ?? "") is var affix && affix.Length <= MaxAffixLength
        ? affix
        : throw part.Fault(member, $"has more than {MaxAffixLength} characters");

    private static Dictionary<long, BpeMerge> ReadMerges(JsonPart part, Dictionary<string, int> vocabulary, int prefixLength)
    {
        var merges = new Dictionary<long, BpeMerge>();
        var rank = 0;
        foreach (var entry in part.Array("merges").EnumerateArray())
        {
            var (left, right) = ReadPair(part, rank, entry);
            if (right.Length < prefixLength
                || !vocabulary.TryGetValue(left, out var leftId)
                || !vocabulary.TryGetValue(right, out var rightId)
                || !vocabulary.TryGetValue(string.Concat(left, right.AsSpan(prefixLength)), out var id))
            {
                throw part.Fault($"merges[{rank}]", $"joins '{left}' and '{right}', and the vocabulary lacks one of the three");
            }

            // Of a pair that stands there twice the later rank counts, as in the reference.
            merges[BpeMerge.Key(leftId, rightId)] = new BpeMerge(rank++, id);
        }

        return merges;
    }

    // "a b", or in newer files ["a", "b"], where the tokens may hold spaces.
    private static (string Left, string Right) ReadPair(JsonPart part, int rank, JsonElement entry)
    {
        var name = $"merges[{rank}]";
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
        {
            return (part.Text(name, entry[0]), part.Text(name, entry[1]));
        }

        var pair = part.Text(name, entry);
        var space = pair.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && space == pair.LastIndexOf(' ') && space < pair.Length - 1
            ? (pair[..space], pair[(space + 1)..])
            : throw part.Fault(name, "should be two tokens");
    }
}
