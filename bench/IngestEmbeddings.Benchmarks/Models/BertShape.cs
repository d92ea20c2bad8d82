namespace IngestEmbeddings.Benchmarks.Models;

/// <summary>What a graph gives.</summary>
internal enum BertOutput
{
    /// <summary><c>last_hidden_state</c>: a vector a token.</summary>
    LastHiddenState,

    /// <summary><c>token_embeddings</c>: the same under the name that sentence-transformers gives it.</summary>
    TokenEmbeddings,

    /// <summary><c>sentence_embedding</c>: the mean over the tokens, made by the graph itself.</summary>
    SentenceEmbedding,
}

/// <summary>The shape of a BERT encoder, and how its graph is to look from outside.</summary>
internal sealed record BertShape
{
    /// <summary>Two layers of 32: for tests.</summary>
    public static BertShape Tiny { get; } = new() { Layers = 2, Hidden = 32, Heads = 2, Intermediate = 64, Vocabulary = 0 };

    /// <summary>The shape of multilingual-e5-small and of all-MiniLM-L12.</summary>
    public static BertShape E5Small { get; } = new() { Layers = 12, Hidden = 384, Heads = 12, Intermediate = 1536, Vocabulary = 0 };

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int Heads { get; init; }

    public required int Intermediate { get; init; }

    public required int Vocabulary { get; init; }

    public int Positions { get; init; } = 512;

    /// <summary>True to take <c>token_type_ids</c>.</summary>
    public bool TakesTokenTypes { get; init; } = true;

    /// <summary>True to take <c>position_ids</c>; else the graph counts positions itself.</summary>
    public bool TakesPositions { get; init; }

    /// <summary>True for 32-bit inputs, false for 64-bit ones.</summary>
    public bool Int32Inputs { get; init; }

    /// <summary>True for 16-bit weights, products and outputs.</summary>
    public bool Half { get; init; }

    public BertOutput Output { get; init; }

    /// <summary>Where the weights come from: the same seed gives the same weights.</summary>
    public int Seed { get; init; } = 1;
}
