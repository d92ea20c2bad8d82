namespace IngestEmbeddings.Onnx.Tokenizers.Unicode;

/// <summary>The sets of code points that tokenizers ask for.</summary>
[Flags]
internal enum CharacterClasses : ushort
{
    None = 0,

    /// <summary>What BERT splits off: punctuation marks, and the symbols of ASCII.</summary>
    Punctuation = 1,

    /// <summary>What BERT's cleaning removes: control, format and private-use characters.</summary>
    Control = 2,

    /// <summary>What BERT's <c>strip_accents</c> removes.</summary>
    NonspacingMark = 4,

    /// <summary>What the normalizer <c>StripAccents</c> removes.</summary>
    CombiningMark = 8,

    /// <summary>White space, everywhere.</summary>
    WhiteSpace = 16,

    /// <summary>What the pre-tokenizer <c>Digits</c> sets apart.</summary>
    Numeric = 32,

    /// <summary><c>\w</c> of the pre-tokenizer <c>Whitespace</c> and around <c>single_word</c> tokens.</summary>
    Word = 64,

    /// <summary><c>\p{L}</c> of byte-level models.</summary>
    Letter = 128,

    /// <summary><c>\p{N}</c> of byte-level models.</summary>
    Number = 256,

    /// <summary>Never joined to what stands before or after it: a grapheme cluster's Control.</summary>
    Breaks = 512,

    /// <summary>Joined to what stands before it: a grapheme cluster's Extend.</summary>
    Extends = 1024,

    /// <summary>Joined to what stands before it, except between pictures.</summary>
    SpacingMark = 2048,

    /// <summary>Joined to what stands after it.</summary>
    Prepends = 4096,

    /// <summary>Extended_Pictographic: joined to another by a zero-width joiner.</summary>
    Picture = 8192,
}
