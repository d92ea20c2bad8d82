using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>Divides the tokens of a text that is longer than the model's maximum into windows. Owned by one thread.</summary>
/// <remarks>Each window has the special tokens and the prompt that the whole text had: the first one is what cutting would leave.</remarks>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="prompt">What is put before the text.</param>
/// <param name="maxTokens">The maximum tokens of a window.</param>
internal sealed class LongTextDivider(ITokenizer tokenizer, string prompt, int maxTokens)
{
    private readonly int[] _promptTokens = PromptTokens(tokenizer, prompt);
    private int[] _text = [];

    /// <summary>Replaces the text under construction by its windows, each a finished text, where it is too long.</summary>
    /// <param name="tokens">The tokens, those of the whole text last.</param>
    /// <param name="begin">Where the text begins in them.</param>
    /// <returns>For each window, its tokens of the text alone; none where the text fits, and is left as it is.</returns>
    /// <exception cref="TokenizerException">Special tokens and prompt leave no room for the text.</exception>
    public IReadOnlyList<int> Divide(TokenBuffer tokens, int begin)
    {
        if (tokens.Length - begin <= maxTokens)
        {
            return [];
        }

        var text = Take(tokens, begin);

        // Where prompt and text meet, a tokenizer may make other tokens than of the prompt alone; those belong to the text.
        var before = text[..text.CommonPrefixLength(_promptTokens)];
        text = text[before.Length..];
        var room = maxTokens - tokenizer.Before.Length - before.Length - tokenizer.After.Length;
        if (room < 1)
        {
            throw new TokenizerException($"the prefix leaves no room for the text in the {maxTokens} tokens that the model takes");
        }

        var weights = new List<int>((text.Length / room) + 1);
        for (; text.Length > 0; text = text[weights[^1]..])
        {
            weights.Add(Math.Min(room, text.Length));
            tokens.Add(tokenizer.Before);
            tokens.Add(before);
            tokens.Add(text[..weights[^1]]);
            tokens.Add(tokenizer.After);
            tokens.EndText();
        }

        return weights;
    }

    private static int[] PromptTokens(ITokenizer tokenizer, string prompt)
    {
        var tokens = new TokenBuffer();
        tokenizer.Encode(prompt, int.MaxValue, tokens);
        return Inner(tokenizer, tokens.From(0)).ToArray();
    }

    private static ReadOnlySpan<int> Inner(ITokenizer tokenizer, ReadOnlySpan<int> tokens) => tokens[tokenizer.Before.Length..^tokenizer.After.Length];

    /// <summary>Takes the text out of the buffer, without its special tokens.</summary>
    private ReadOnlySpan<int> Take(TokenBuffer tokens, int begin)
    {
        var inner = Inner(tokenizer, tokens.From(begin));
        if (_text.Length < inner.Length)
        {
            _text = new int[inner.Length];
        }

        inner.CopyTo(_text);
        tokens.Truncate(begin);
        return _text.AsSpan(0, inner.Length);
    }
}
