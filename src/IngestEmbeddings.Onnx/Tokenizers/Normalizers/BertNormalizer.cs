using System.Buffers;
using System.Text;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Onnx.Tokenizers.Unicode;

namespace IngestEmbeddings.Onnx.Tokenizers.Normalizers;

/// <summary>BERT's own normalizer: clean, set Chinese characters apart, strip accents, lower case, in this order.</summary>
internal sealed class BertNormalizer : Normalizer
{
    private static readonly SearchValues<char> Printable =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code)]);

    private static readonly SearchValues<char> PrintableLower =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Where(c => !char.IsAsciiLetterUpper(c))]);

    private readonly bool _clean;
    private readonly bool _separateChinese;
    private readonly bool _stripAccents;
    private readonly bool _lowerCase;
    private readonly SearchValues<char> _unchanged;

    public BertNormalizer(bool clean, bool separateChinese, bool? stripAccents, bool lowerCase)
    {
        _clean = clean;
        _separateChinese = separateChinese;
        // The original model strips accents when it lowers the case, unless it is told otherwise.
        _stripAccents = stripAccents ?? lowerCase;
        _lowerCase = lowerCase;
        _unchanged = lowerCase ? PrintableLower : Printable;
    }

    public override bool Apply(ReadOnlySpan<char> text, CharBuffer output, Workspace workspace)
    {
        if (!text.ContainsAnyExcept(_unchanged))
        {
            return false;
        }

        if (Ascii.IsValid(text))
        {
            Clean(text, output, _lowerCase);
            return true;
        }

        var cleaned = workspace.Inner;
        cleaned.Clear();
        Clean(text, cleaned, lowerCase: false);
        var decomposed = workspace.Decomposed;
        decomposed.Clear();
        var ready = _stripAccents && NormalForm.Apply(cleaned.Written, NormalizationForm.FormD, decomposed) ? decomposed : cleaned;
        Finish(ready.Written, output);
        return true;
    }

    private void Clean(ReadOnlySpan<char> text, CharBuffer output, bool lowerCase)
    {
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CodePoints.At(text, i, out var length);
            i += length;
            if (codePoint is > 0x1F and < 0x7F)
            {
                output.Append((char)(lowerCase && codePoint is >= 'A' and <= 'Z' ? codePoint | 0x20 : codePoint));
            }
            else if (_clean && Characters.IsWhiteSpace(codePoint) && !Characters.IsControl(codePoint))
            {
                output.Append(' ');
            }
            else if (!_clean || !Characters.IsControl(codePoint))
            {
                AppendSeparated(codePoint, output);
            }
        }
    }

    private void AppendSeparated(int codePoint, CharBuffer output)
    {
        if (_separateChinese && IsChinese(codePoint))
        {
            output.Append(' ');
            output.Append(codePoint);
            output.Append(' ');
            return;
        }

        output.Append(codePoint);
    }

    private void Finish(ReadOnlySpan<char> text, CharBuffer output)
    {
        for (var i = 0; i < text.Length;)
        {
            var codePoint = CodePoints.At(text, i, out var length);
            i += length;
            if (_stripAccents && codePoint > 0x7F && Characters.IsNonspacingMark(codePoint))
            {
                continue;
            }

            if (_lowerCase)
            {
                LowerCase.Append(codePoint, output);
            }
            else
            {
                output.Append(codePoint);
            }
        }
    }

    // The blocks that the reference names. Its fifth begins at 2B920, where the block itself begins at 2B820.
    private static bool IsChinese(int codePoint) => codePoint >= 0x3400 && codePoint
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
