using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Text;

namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>Brings a text into one of Unicode's normalization forms (Unicode Standard Annex 15), by the library's own tables.</summary>
internal static class NormalForm
{
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TrailFirst = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TrailCount;

    [ThreadStatic]
    private static List<int>? _codes;

    /// <summary>Appends the text in a form; false, and nothing appended, when it has it already.</summary>
    public static bool Apply(ReadOnlySpan<char> text, NormalizationForm form, CharBuffer output)
    {
        // What stands below these is in the form, whatever stands next to it.
        var firstChanged = form switch
        {
            NormalizationForm.FormC => 0x300,
            NormalizationForm.FormD => 0xC0,
            _ => 0xA0,
        };
        if (text.IndexOfAnyExceptInRange('\0', (char)(firstChanged - 1)) < 0)
        {
            return false;
        }

        var codes = _codes ??= [];
        codes.Clear();
        Decompose(text, form is NormalizationForm.FormKC or NormalizationForm.FormKD, codes);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC)
        {
            Compose(codes);
        }

        var start = output.Length;
        foreach (var code in codes)
        {
            output.Append(code);
        }

        codes.Shrink();
        if (output.Written[start..].SequenceEqual(text))
        {
            output.Truncate(start);
            return false;
        }

        return true;
    }

    private static void Decompose(ReadOnlySpan<char> text, bool isCompatible, List<int> codes)
    {
        for (var i = 0; i < text.Length;)
        {
            var code = CodePoints.At(text, i, out var length);
            i += length;
            if (code is >= HangulFirst and < HangulFirst + HangulCount)
            {
                AddHangul(code - HangulFirst, codes);
                continue;
            }

            var parts = isCompatible ? UnicodeTables.Compatible(code) : [];
            parts = parts.IsEmpty ? UnicodeTables.Canonical(code) : parts;
            if (parts.IsEmpty)
            {
                Add(code, codes);
            }

            foreach (var part in parts)
            {
                Add(part, codes);
            }
        }
    }

    private static void AddHangul(int syllable, List<int> codes)
    {
        codes.Add(LeadFirst + (syllable / (VowelCount * TrailCount)));
        codes.Add(VowelFirst + (syllable / TrailCount % VowelCount));
        if (syllable % TrailCount is > 0 and var trail)
        {
            codes.Add(TrailFirst + trail);
        }
    }

    // A mark goes before those of a higher class that stand directly before it.
    private static void Add(int code, List<int> codes)
    {
        var at = codes.Count;
        if (UnicodeTables.Order(code) is > 0 and var order)
        {
            while (at > 0 && UnicodeTables.Order(codes[at - 1]) > order)
            {
                at--;
            }
        }

        codes.Insert(at, code);
    }

    private static void Compose(List<int> codes)
    {
        var (starter, kept, lastOrder) = (-1, 0, 0);
        for (var i = 0; i < codes.Count; i++)
        {
            var code = codes[i];
            var order = UnicodeTables.Order(code);
            // A mark is blocked from the starter by one of its own class or a higher one; a starter, by any mark between.
            var isBlocked = starter < 0 || (kept > starter + 1 && lastOrder >= order);
            if (!isBlocked && Compose(codes[starter], code) is > 0 and var composed)
            {
                codes[starter] = composed;
                continue;
            }

            if (order == 0)
            {
                starter = kept;
            }

            codes[kept++] = code;
            lastOrder = order;
        }

        codes.RemoveRange(kept, codes.Count - kept);
    }

    private static int Compose(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < LeadCount && second - VowelFirst is >= 0 and < VowelCount)
        {
            return HangulFirst + ((((first - LeadFirst) * VowelCount) + second - VowelFirst) * TrailCount);
        }

        return first - HangulFirst is >= 0 and < HangulCount && (first - HangulFirst) % TrailCount == 0
            && second - TrailFirst is > 0 and < TrailCount
                ? first + second - TrailFirst
                : UnicodeTables.Compose(first, second);
    }
}
