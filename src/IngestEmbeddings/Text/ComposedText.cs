using System.Buffers;
using System.Text;

namespace IngestEmbeddings.Text;

/// <summary>A text in Unicode Normalization Form C: the text itself when it has that form, else a copy in a rented buffer.</summary>
/// <remarks>
/// What Unicode does not allow in a text, a lone surrogate or U+FFFE, becomes U+FFFD in the copy: normalization refuses it,
/// and none of the three is part of a word. Dispose gives the buffer back; <see cref="Span"/> is invalid afterwards.
/// </remarks>
internal readonly ref struct ComposedText : IDisposable
{
    // No code point grows by more than a factor of 3 in UTF-16 under Normalization Form C (Unicode FAQ on normalization).
    private const int MaxGrowth = 3;

    private readonly char[]? _rented;

    public ComposedText(ReadOnlySpan<char> text)
    {
        // Below U+0300 nothing combines and everything is composed.
        if (!text.ContainsAnyExceptInRange('\0', '\u02FF'))
        {
            Span = text;
            return;
        }

        var wellFormed = IsWellFormed(text);
        if (wellFormed && text.IsNormalized(NormalizationForm.FormC))
        {
            Span = text;
            return;
        }

        char[]? repaired = null;
        if (!wellFormed)
        {
            repaired = ArrayPool<char>.Shared.Rent(text.Length);
            Repair(text, repaired);
            text = repaired.AsSpan(0, text.Length);
        }

        _rented = ArrayPool<char>.Shared.Rent(checked(text.Length * MaxGrowth));
        if (!text.TryNormalize(_rented, out var written, NormalizationForm.FormC))
        {
            throw new InvalidOperationException("Normalization Form C grew a text beyond the bound that Unicode gives.");
        }

        Span = _rented.AsSpan(0, written);
        if (repaired is not null)
        {
            ArrayPool<char>.Shared.Return(repaired);
        }
    }

    /// <summary>The text in Normalization Form C.</summary>
    public ReadOnlySpan<char> Span { get; }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<char>.Shared.Return(_rented);
        }
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        if (text.Contains('\uFFFE'))
        {
            return false;
        }

        for (var at = text.IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0;)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out _) != OperationStatus.Done)
            {
                return false;
            }

            text = text[(at + 2)..];
            at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        }

        return true;
    }

    private static void Repair(ReadOnlySpan<char> text, Span<char> repaired)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                repaired[i] = text[i];
                repaired[i + 1] = text[i + 1];
                i++;
            }
            else
            {
                repaired[i] = char.IsSurrogate(text[i]) || text[i] == '\uFFFE' ? '\uFFFD' : text[i];
            }
        }
    }
}
