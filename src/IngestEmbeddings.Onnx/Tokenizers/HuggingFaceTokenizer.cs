using IngestEmbeddings.Onnx.Tokenizers.Loading;
using IngestEmbeddings.Onnx.Tokenizers.Pipeline;
using IngestEmbeddings.Onnx.Tokenizers.Text;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Onnx.Tokenizers;

/// <summary>The tokenizer of a Hugging Face model folder: the ids are those of the <c>tokenizers</c> library.</summary>
/// <remarks>
/// A text passes added tokens, normalizers, pre-tokenizers, the model and the post-processor, in this order. Encoding
/// works in buffers of the calling thread and allocates nothing once they have grown to the longest text.
/// </remarks>
public sealed class HuggingFaceTokenizer : ITokenizer
{
    private readonly TokenizerParts _parts;

    internal HuggingFaceTokenizer(TokenizerParts parts) => _parts = parts;

    /// <summary>The id that fills up shorter rows; 0 where the files name none, since padding is masked out.</summary>
    public int PadId => _parts.PadId;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Before => _parts.Frame.Before;

    /// <inheritdoc/>
    public ReadOnlySpan<int> After => _parts.Frame.After;

    /// <summary>The maximum number of tokens, special tokens included, where <c>tokenizer_config.json</c> says it.</summary>
    public int? MaxTokens => _parts.MaxTokens;

    /// <summary>One more than the highest id that <see cref="Encode"/> can give.</summary>
    public int VocabularySize => _parts.VocabularySize;

    /// <summary>How many special tokens stand around each text.</summary>
    public int SpecialTokenCount => _parts.Frame.Count;

    /// <summary>Reads <c>tokenizer.json</c> of a folder; where there is none, <c>vocab.txt</c> or a SentencePiece model.</summary>
    /// <param name="folder">A model folder, with <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> if they exist.</param>
    /// <exception cref="IngestException">
    /// <see cref="IngestError.Configuration"/>: a file is missing, damaged, or holds a part whose effect is not known;
    /// the message names the file and the part.
    /// </exception>
    public static HuggingFaceTokenizer Load(string folder) => new(TokenizerFolder.Read(folder));

    /// <inheritdoc/>
    /// <remarks>
    /// The ids belong to the text under construction: the caller ends it. A surrogate without its partner counts as
    /// U+FFFD. Where <paramref name="maxTokens"/> does not even hold the special tokens, the first of them are given.
    /// </remarks>
    public int Encode(ReadOnlySpan<char> text, int maxTokens, TokenBuffer tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        ArgumentNullException.ThrowIfNull(tokens);
        var frame = _parts.Frame;
        var begin = tokens.Length;
        tokens.Add(frame.Before);
        var first = tokens.Length;
        var workspace = Workspace.Current;
        workspace.Begin(text.Length);
        EncodeText(_parts.Preparation.Apply(workspace.WellFormed(text), workspace), workspace, tokens);
        workspace.Shrink();

        var count = tokens.Length - first;
        var kept = Math.Min(count, Math.Max(0, maxTokens - frame.Count));
        if (kept < count && _parts.CutsStart)
        {
            var ids = tokens.From(first);
            ids[(count - kept)..].CopyTo(ids);
        }

        tokens.Truncate(first + kept);
        tokens.Add(frame.After);
        tokens.Truncate(begin + Math.Min(tokens.Length - begin, maxTokens));
        return count - kept;
    }

    private void EncodeText(ReadOnlySpan<char> text, Workspace workspace, TokenBuffer tokens)
    {
        var position = 0;
        while (_parts.AddedTokens.TryFind(text, position, out var match))
        {
            EncodeRaw(text[position..match.Start], position == 0, workspace, tokens);
            tokens.Add(match.Id);
            position = match.End;
        }

        EncodeRaw(text[position..], position == 0, workspace, tokens);
    }

    private void EncodeRaw(ReadOnlySpan<char> text, bool atStart, Workspace workspace, TokenBuffer tokens)
    {
        if (text.IsEmpty)
        {
            return;
        }

        text = Normalize(text, workspace);
        var position = 0;
        while (_parts.NormalizedAddedTokens.TryFind(text, position, out var match))
        {
            EncodeNormalized(text[position..match.Start], atStart && position == 0, workspace, tokens);
            tokens.Add(match.Id);
            position = match.End;
        }

        EncodeNormalized(text[position..], atStart && position == 0, workspace, tokens);
    }

    private ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text, Workspace workspace)
    {
        foreach (var normalizer in _parts.Normalizers)
        {
            workspace.SwapNormalized();
            workspace.Normalized.Clear();
            if (normalizer.Apply(text, workspace.Normalized, workspace))
            {
                text = workspace.Normalized.Written;
            }
            else
            {
                // The text still stands in the other buffer, or is the caller's.
                workspace.SwapNormalized();
            }
        }

        return text;
    }

    private void EncodeNormalized(ReadOnlySpan<char> text, bool atStart, Workspace workspace, TokenBuffer tokens)
    {
        if (text.IsEmpty)
        {
            return;
        }

        var preTokenizers = _parts.PreTokenizers;
        if (preTokenizers.Length == 0)
        {
            _parts.Model.Tokenize(text, tokens);
            return;
        }

        workspace.Pieces.Clear();
        preTokenizers[0].Split(text, atStart, workspace.Pieces);
        foreach (var preTokenizer in preTokenizers.AsSpan(1))
        {
            workspace.SwapPieces();
            workspace.Pieces.Clear();
            for (var i = 0; i < workspace.Spare.Count; i++)
            {
                preTokenizer.Split(workspace.Spare[i], workspace.Spare.IsAtStart(i), workspace.Pieces);
            }
        }

        for (var i = 0; i < workspace.Pieces.Count; i++)
        {
            _parts.Model.Tokenize(workspace.Pieces[i], tokens);
        }
    }
}
