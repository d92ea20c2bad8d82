using IngestEmbeddings.Onnx.Tokenizers.Models;
using IngestEmbeddings.Onnx.Tokenizers.Normalizers;
using IngestEmbeddings.Onnx.Tokenizers.PreTokenizers;

namespace IngestEmbeddings.Onnx.Tokenizers.Pipeline;

/// <summary>Everything that a tokenizer's files say, ready to run.</summary>
internal sealed record TokenizerParts
{
    /// <summary>What is done before everything else.</summary>
    public TextPreparation Preparation { get; init; } = TextPreparation.None;

    /// <summary>The tokens looked for in the text as it came.</summary>
    public required AddedTokenFinder AddedTokens { get; init; }

    /// <summary>The tokens looked for in the normalized text.</summary>
    public required AddedTokenFinder NormalizedAddedTokens { get; init; }

    /// <summary>In the order in which they run; nested sequences are flat here.</summary>
    public required Normalizer[] Normalizers { get; init; }

    /// <summary>In the order in which they run; each cuts what the one before has left.</summary>
    public required PreTokenizer[] PreTokenizers { get; init; }

    public required TokenModel Model { get; init; }

    /// <summary>The special tokens before and after the text.</summary>
    public required SpecialTokenFrame Frame { get; init; }

    public required int PadId { get; init; }

    /// <summary>The maximum number of tokens, special tokens included, where the files say it.</summary>
    public required int? MaxTokens { get; init; }

    /// <summary>Whether a text that is too long loses its beginning instead of its end.</summary>
    public required bool CutsStart { get; init; }

    /// <summary>One more than the highest id.</summary>
    public required int VocabularySize { get; init; }
}

/// <summary>The ids put before and after those of a text.</summary>
internal sealed record SpecialTokenFrame(int[] Before, int[] After)
{
    public static readonly SpecialTokenFrame None = new([], []);

    public int Count => Before.Length + After.Length;
}
