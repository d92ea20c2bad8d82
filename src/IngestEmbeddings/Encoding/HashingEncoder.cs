using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text;
using IngestEmbeddings.Text;

namespace IngestEmbeddings.Encoding;

/// <summary>
/// <c>builtin:hashing</c>: vectors from the spelling of a text alone, by signed feature hashing of its words and of their
/// character 3- to 5-grams. Lexical, not semantic: texts are near when they share words or parts of words. Needs no model.
/// </summary>
/// <remarks>
/// <para>The same text gives the same bits on every machine: counts are whole numbers, which a <c>double</c> adds exactly,
/// and their squares too for any text below ten million characters; the division by the length is one rounding. The exact
/// definition is in <c>docs/hashing.md</c>. Allocates nothing for a text.</para>
/// <para>Sources: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009), for the signed hashing;
/// Bojanowski et al., "Enriching Word Vectors with Subword Information" (2017), for n-grams of a word between marks; FNV-1a
/// for the step and the 64-bit finalizer of MurmurHash3 for the mixing.</para>
/// </remarks>
public sealed class HashingEncoder : IEncoder
{
    /// <summary>The name by which users ask for this encoder.</summary>
    public const string Model = "builtin:hashing";

    /// <summary>The number of components of a vector.</summary>
    public const int Dimension = 384;

    // What the fingerprint is a hash of: any change of a vector must change it.
    private const string Definition =
        "hashing 1: NFC, lower case, words of L M N _, word x4, 3-5-grams of <word>, FNV-1a of code points, fmix64, 384";

    private long _rows;

    /// <inheritdoc/>
    public EncoderDescription Description { get; } = new()
    {
        Model = Model,
        Dimension = Dimension,
        Device = "cpu",
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Definition))),
    };

    /// <inheritdoc/>
    /// <remarks>Counts rows alone: there are no tokens.</remarks>
    public EncoderCounters Counters => new(Interlocked.Read(ref _rows), 0, 0, 0, 0);

    /// <inheritdoc/>
    /// <remarks>Runs on the caller's thread and completes synchronously. No text fails.</remarks>
    public ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(vectors);
        var encoded = 0;
        for (; encoded < texts.Count && !stopping.IsCancellationRequested; encoded++)
        {
            Encode(texts[encoded], vectors.Row(encoded));
            vectors.MarkEncoded(encoded);
        }

        Interlocked.Add(ref _rows, encoded);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Encodes one text.</summary>
    /// <param name="text">Any text, the empty one and one without a word included.</param>
    /// <param name="vector">Where its 384 components go; their length is 1.</param>
    internal static void Encode(ReadOnlySpan<char> text, Span<float> vector)
    {
        using var composed = new ComposedText(text);
        Span<double> counts = stackalloc double[Dimension];
        counts.Clear();
        CountFeatures(composed.Span, new FeatureCounts(counts));

        var squares = TensorPrimitives.SumOfSquares<double>(counts);
        if (squares == 0)
        {
            CountWholeText(composed.Span, new FeatureCounts(counts));
            squares = TensorPrimitives.SumOfSquares<double>(counts);
        }

        TensorPrimitives.Divide(counts, Math.Sqrt(squares), counts);
        TensorPrimitives.ConvertTruncating<double, float>(counts, vector);
    }

    private static void CountFeatures(ReadOnlySpan<char> text, FeatureCounts counts)
    {
        const CharacterKind InWord = CharacterKind.Word | CharacterKind.Mark;
        for (var i = 0; i < text.Length;)
        {
            if (!CharacterKinds.At(text, i, out var size).Has(InWord))
            {
                i += size;
                continue;
            }

            var end = CharacterKinds.EndOfRun(text, i + size, InWord);
            CountWord(text[i..end], counts);
            i = end;
        }
    }

    private static void CountWord(ReadOnlySpan<char> word, FeatureCounts counts)
    {
        var hash = new WordHash();
        hash.Add('<', counts);
        for (var i = 0; i < word.Length;)
        {
            hash.Add(LowerCodePoint(word, ref i), counts);
        }

        hash.Add('>', counts);
        hash.End(counts);
    }

    // For a text without a word, or whose features cancel out: one component alone, chosen by all of its code points.
    private static void CountWholeText(ReadOnlySpan<char> text, FeatureCounts counts)
    {
        var hash = FeatureHash.Text;
        for (var i = 0; i < text.Length;)
        {
            hash = hash.Add(LowerCodePoint(text, ref i));
        }

        counts.Add(hash, weight: 1);
    }

    private static int LowerCodePoint(ReadOnlySpan<char> text, ref int index)
    {
        var unit = text[index];
        if (!char.IsSurrogate(unit))
        {
            index++;
            return LowerCase.Of(unit);
        }

        Rune.DecodeFromUtf16(text[index..], out var rune, out var size);
        index += size;
        return LowerCase.Of(rune).Value;
    }
}
