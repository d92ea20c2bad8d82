namespace IngestEmbeddings.Encoding;

/// <summary>The state of a hash over code points: FNV-1a, with a code point where FNV has a byte.</summary>
/// <param name="State">The state after the code points so far.</param>
internal readonly record struct FeatureHash(ulong State)
{
    private const ulong OffsetBasis = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    /// <summary>The hash of a word without code points. Each kind of feature begins elsewhere, so that kinds do not mix.</summary>
    public static FeatureHash Word => new(OffsetBasis ^ 1);

    /// <summary>The hash of an n-gram without code points.</summary>
    public static FeatureHash Gram => new(OffsetBasis ^ 2);

    /// <summary>The hash of a whole text without code points.</summary>
    public static FeatureHash Text => new(OffsetBasis ^ 3);

    /// <summary>The hash with one more code point.</summary>
    public FeatureHash Add(int codePoint) => new((State ^ (uint)codePoint) * Prime);

    /// <summary>The hash with every bit depending on every other: the 64-bit finalizer of MurmurHash3.</summary>
    public ulong Mix()
    {
        var hash = State;
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }
}

/// <summary>The signed counts of features, one for each component of a vector.</summary>
/// <param name="counts">The counts: whole numbers, as <c>double</c> because they are divided in the end.</param>
internal readonly ref struct FeatureCounts(Span<double> counts)
{
    private readonly Span<double> _counts = counts;

    /// <summary>Counts a feature: the upper half of its hash chooses the component, the lowest bit the sign.</summary>
    public void Add(FeatureHash feature, double weight)
    {
        var hash = feature.Mix();
        var component = (int)(((hash >> 32) * (ulong)_counts.Length) >> 32);
        // The lowest bit becomes that of the sign: a branch would be guessed wrong every other time.
        _counts[component] += BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(weight) ^ (hash << 63));
    }
}

/// <summary>Hashes a word, and each of its 3- to 5-grams, in one pass: five hashes that each began one code point later.</summary>
internal struct WordHash()
{
    private const double GramWeight = 1;

    // A word of five letters has twelve n-grams; this keeps them from drowning the word. Chosen, not measured.
    private const double WordWeight = 4;

    private FeatureHash _word = FeatureHash.Word;
    private FeatureHash _last1;
    private FeatureHash _last2;
    private FeatureHash _last3;
    private FeatureHash _last4;
    private int _length;

    /// <summary>Takes a code point of the word, or the mark before or after it, and counts the n-grams that end here.</summary>
    public void Add(int codePoint, FeatureCounts counts)
    {
        _word = _word.Add(codePoint);
        var last5 = _last4.Add(codePoint);
        _last4 = _last3.Add(codePoint);
        _last3 = _last2.Add(codePoint);
        _last2 = _last1.Add(codePoint);
        _last1 = FeatureHash.Gram.Add(codePoint);
        _length++;
        if (_length >= 3)
        {
            counts.Add(_last3, GramWeight);
        }

        if (_length >= 4)
        {
            counts.Add(_last4, GramWeight);
        }

        if (_length >= 5)
        {
            counts.Add(last5, GramWeight);
        }
    }

    /// <summary>Counts the word itself.</summary>
    public readonly void End(FeatureCounts counts) => counts.Add(_word, WordWeight);
}
