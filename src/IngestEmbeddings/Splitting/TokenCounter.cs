using IngestEmbeddings.Encoding;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Splitting;

/// <summary>Counts the tokens of texts as a model sees them: special tokens and prompt included. Owned by one thread.</summary>
public sealed class TokenCounter
{
    /// <summary>What a text counts that the tokenizer refuses, and one that is too long for any chunk.</summary>
    public const int TooMany = int.MaxValue;

    // A model that runs elsewhere, and does not show its tokenizer, takes a token for 3 to 4 characters of English.
    private const int CharactersPerToken = 3;

    private readonly ITokenizer? _tokenizer;
    private readonly TokenBuffer _tokens = new();
    private readonly string _prompt;
    private char[] _text = [];

    /// <summary>Creates a counter.</summary>
    /// <param name="tokenizer">The model's tokenizer; null where it shows none: then three characters count as a token.</param>
    /// <param name="prompt">What the model wants before each document.</param>
    public TokenCounter(ITokenizer? tokenizer, string prompt = "")
    {
        ArgumentNullException.ThrowIfNull(prompt);
        _tokenizer = tokenizer;
        _prompt = prompt;
        Frame = Count([]);
    }

    /// <summary>The tokens that every text has: the special ones and the prompt.</summary>
    public int Frame { get; }

    /// <summary>A counter for the documents of an encoder.</summary>
    public static TokenCounter Of(IEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new TokenCounter(encoder.Tokenizer, encoder.Description.DocumentPrompt);
    }

    /// <summary>Counts the tokens of a text.</summary>
    public int Count(ReadOnlySpan<char> text) => Count("", text);

    /// <summary>Counts the tokens of a text with headings before it.</summary>
    internal int Count(string headings, ReadOnlySpan<char> text)
    {
        var before = _prompt.Length + headings.Length;
        if (_tokenizer is null)
        {
            return (before + text.Length + CharactersPerToken - 1) / CharactersPerToken;
        }

        if (before > 0)
        {
            text = Prefixed(headings, text);
        }

        _tokens.Clear();
        try
        {
            _tokenizer.Encode(text, int.MaxValue, _tokens);
            return _tokens.Length;
        }
        catch (TokenizerException)
        {
            return TooMany;
        }
    }

    private ReadOnlySpan<char> Prefixed(string headings, ReadOnlySpan<char> text)
    {
        var length = _prompt.Length + headings.Length + text.Length;
        if (_text.Length < length)
        {
            _text = new char[length * 2];
        }

        _prompt.CopyTo(_text);
        headings.CopyTo(_text.AsSpan(_prompt.Length));
        text.CopyTo(_text.AsSpan(_prompt.Length + headings.Length));
        return _text.AsSpan(0, length);
    }
}
