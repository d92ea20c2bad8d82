namespace IngestEmbeddings.Encoding;

/// <summary>What an encoder is, as far as the vectors it makes depend on it.</summary>
public sealed record EncoderDescription
{
    /// <summary>The model as the user named it, such as <c>builtin:hashing</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The number of components of a vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>True when every vector has length 1. Default true.</summary>
    public bool Normalized { get; init; } = true;

    /// <summary>What is put before each document, such as <c>passage: </c>; empty for nothing. Default empty.</summary>
    public string DocumentPrompt { get; init; } = "";

    /// <summary>What is put before each query, such as <c>query: </c>; empty for nothing. Default empty.</summary>
    public string QueryPrompt { get; init; } = "";

    /// <summary>The maximum tokens of a text that reach the model; null when there is no limit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>What becomes of a text with more tokens. Default: its end is cut off.</summary>
    public LongTextMode LongTexts { get; init; }

    /// <summary>The tokens after which nothing of a text is read; null where all of it is.</summary>
    public int? ReadTokens => LongTexts == LongTextMode.Mean ? null : MaxTokens;

    /// <summary>What one number of the model is: <c>fp32</c>, <c>fp16</c>, <c>int8</c>; empty where it means nothing.</summary>
    public string Precision { get; init; } = "";

    /// <summary>Where the model runs, such as <c>cpu</c> or <c>cuda:0</c>; empty where it means nothing.</summary>
    public string Device { get; init; } = "";

    /// <summary>What the device is, or why it was taken; empty where there is nothing to say. Default empty.</summary>
    public string DeviceDetail { get; init; } = "";

    /// <summary>
    /// A hash, in hexadecimal, of everything that the vectors of documents depend on: model, tokenizer, pooling, precision,
    /// document prompt, maximum length, normalisation. Two encoders with the same fingerprint may fill one column. The query
    /// prompt is not part of it: a search is no other model. <see cref="LongTextsMark"/> stands before it where long texts are not cut.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>Which model this is.</summary>
    public ModelIdentity Identity => new(Model, Fingerprint);

    /// <summary>What is put before a text of a role.</summary>
    public string PromptOf(TextRole role) => role == TextRole.Query ? QueryPrompt : DocumentPrompt;
}
