using IngestEmbeddings.Text;

namespace IngestEmbeddings.Metrics;

/// <summary>Counts the likely names of a text by its capitals alone, as words and what stands between them go by.</summary>
/// <remarks>
/// <para>A name is a run of one or more <i>name words</i>. A word (maximal run of letters, digits and <c>_</c>) is a name
/// word when all of this holds:</para>
/// <list type="bullet">
/// <item>its first character is a capital (Lu, Lt); an ʻokina (U+02BB, U+02BC) before it is passed over;</item>
/// <item>another of its letters is no capital, the ʻokina not being asked: so <c>USA</c>, <c>B2B</c>, <c>A</c> and <c>X1</c>
/// are none;</item>
/// <item>it does not open a sentence: it is not the first word of the text, and since the word before it there was no
/// terminal mark (<c>. ! ? …</c> and their like in other scripts) and no end of a line.</item>
/// </list>
/// <para>Name words belong to one run when nothing but white space, hyphens and apostrophes stands between them. Any other
/// character, or a word that is no name word, ends the run.</para>
/// <para>Limits: a name that opens a sentence is missed, what follows an abbreviation (<c>Dr. Smith</c>) counts as an
/// opening, a capitalised word of any other kind (a German noun) is counted, and a script without capitals has no
/// names.</para>
/// </remarks>
internal struct EntityHeuristic
{
    private const string Okinas = "\u02BB\u02BC";

    private bool _sentenceOpened;
    private bool _inRun;

    /// <summary>The names so far.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a character that is not part of a word.</summary>
    public void Between(CharacterKind kind)
    {
        _sentenceOpened &= !kind.Has(CharacterKind.Terminal);
        _inRun &= _sentenceOpened && kind.Has(CharacterKind.Space | CharacterKind.Joiner);
    }

    /// <summary>Takes a word.</summary>
    public void Word(ReadOnlySpan<char> word)
    {
        var name = _sentenceOpened && IsCapitalised(word);
        Count += name && !_inRun ? 1 : 0;
        _inRun = name;
        _sentenceOpened = true;
    }

    private static bool IsCapitalised(ReadOnlySpan<char> word)
    {
        word = word.TrimStart(Okinas);
        if (word.IsEmpty || !CharacterKinds.At(word, 0, out var at).Has(CharacterKind.Capital))
        {
            return false;
        }

        while (at < word.Length)
        {
            var kind = CharacterKinds.At(word, at, out var size);
            if (kind.Has(CharacterKind.Letter) && !kind.Has(CharacterKind.Capital))
            {
                return true;
            }

            at += size;
        }

        return false;
    }
}
