using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using IngestEmbeddings.Batching;
using IngestEmbeddings.Events;
using IngestEmbeddings.Tokenizing;

namespace IngestEmbeddings.Encoding;

/// <summary>Encodes with a model that runs in this process: tokenizes, groups by length, runs, puts back in order.</summary>
/// <remarks>
/// Each call works on one thread of the pool; parallel calls share the model and its limits. A call that the model fails is
/// halved until it works, and the size that worked is kept for all that follow. A text that fails alone is a failure of its
/// row.
/// </remarks>
public sealed class ModelEncoder : IEncoder
{
    /// <summary>Texts in a row that may fail alone before the model itself is taken to be broken.</summary>
    internal const int MaxFailuresInARow = 10;

    /// <summary>The longest texts of the warm-up: what most embedding models take.</summary>
    private const int WarmUpTokens = 512;

    private readonly ITokenizer _tokenizer;
    private readonly IModel _model;
    private readonly IIngestObserver _observer;
    private readonly BatchLimits _limits;
    private readonly ConcurrentBag<EncodingScratch> _scratch = [];
    private int _reductionTold;
    private int _failuresInARow;
    private long _rows;
    private long _tokens;
    private long _paddedTokens;
    private long _truncatedRows;
    private long _lostTokens;

    /// <summary>Creates the encoder, which then owns the model.</summary>
    /// <param name="description">What the encoder is.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="model">The model.</param>
    /// <param name="budget">How much goes into one call.</param>
    /// <param name="observer">Observes that the model takes less than the budget. Default none.</param>
    public ModelEncoder(
        EncoderDescription description, ITokenizer tokenizer, IModel model, BatchBudget budget, IIngestObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(model);
        if (description.Dimension != model.Dimension)
        {
            throw new ArgumentException(
                $"The model makes {model.Dimension} components, its description says {description.Dimension}.", nameof(description));
        }

        Description = description;
        _tokenizer = tokenizer;
        _model = model;
        _limits = new BatchLimits(budget);
        _observer = observer ?? EventChannel.None;
    }

    /// <inheritdoc/>
    public EncoderDescription Description { get; }

    /// <inheritdoc/>
    public ITokenizer? Tokenizer => _tokenizer;

    /// <summary>How much goes into one call now.</summary>
    public BatchBudget Budget => _limits.Current;

    /// <inheritdoc/>
    public EncoderCounters Counters => new(
        Interlocked.Read(ref _rows),
        Interlocked.Read(ref _tokens),
        Interlocked.Read(ref _paddedTokens),
        Interlocked.Read(ref _truncatedRows),
        Interlocked.Read(ref _lostTokens));

    /// <summary>
    /// Runs the largest call that the budget allows with the longest texts, so that a size that the model or the memory
    /// cannot take shows in the first minute. Leaves the counters as they were.
    /// </summary>
    /// <exception cref="IngestException">The model fails even on one text.</exception>
    public void WarmUp()
    {
        var sequenceLength = Math.Min(Description.MaxTokens ?? WarmUpTokens, WarmUpTokens);
        var text = string.Join(' ', Enumerable.Repeat("a", sequenceLength));
        var rows = Budget.RowsOf(sequenceLength);
        var vectors = new VectorBlock(rows, Description.Dimension);
        var window = new EncodingWindow(rows, vectors, new EncodingScratch());
        for (var row = 0; row < rows; row++)
        {
            window.Add(_tokenizer, Description.DocumentPrompt, MaxTokens, text, row);
        }

        if (!Run([.. Enumerable.Range(0, rows)], window))
        {
            throw new IngestException(
                IngestError.Configuration, $"The model {Description.Model} does not work: {vectors.Failure(0) ?? "a text failed"}.");
        }

        _tokens = _paddedTokens = 0;
    }

    /// <inheritdoc/>
    public ValueTask EncodeAsync(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(vectors);
        return new ValueTask(Task.Run(() => Encode(texts, role, vectors, stopping), CancellationToken.None));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        return ValueTask.CompletedTask;
    }

    private int MaxTokens => Description.MaxTokens ?? int.MaxValue;

    private void Encode(IReadOnlyList<string> texts, TextRole role, VectorBlock vectors, CancellationToken stopping)
    {
        if (!_scratch.TryTake(out var scratch))
        {
            scratch = new EncodingScratch();
        }

        try
        {
            scratch.Tokens.Clear();
            var window = new EncodingWindow(texts.Count, vectors, scratch);
            var cost = Tokenize(texts, role, window);
            var planner = new BatchPlanner(scratch.Tokens);
            while (!stopping.IsCancellationRequested && planner.TryTake(_limits.Current, out var batch))
            {
                Run(batch, window);
            }

            window.Pool(Description.Normalized);
            vectors.Cost = cost with { Tokens = window.TokensRun };
            Interlocked.Add(ref _rows, window.Repeat());
        }
        finally
        {
            _scratch.Add(scratch);
        }
    }

    /// <summary>Tokenizes each different text once.</summary>
    private EncodingCost Tokenize(IReadOnlyList<string> texts, TextRole role, EncodingWindow window)
    {
        var started = TimeProvider.System.GetTimestamp();
        var prompt = Description.PromptOf(role);
        var divider = Description is { LongTexts: LongTextMode.Mean, MaxTokens: { } max } ? new LongTextDivider(_tokenizer, prompt, max) : null;
        var known = new Dictionary<string, (int Index, int Lost)>(texts.Count, StringComparer.Ordinal);
        var cut = 0;
        var lost = 0L;
        for (var row = 0; row < texts.Count; row++)
        {
            if (!known.TryGetValue(texts[row], out var text))
            {
                text = (window.FirstRow.Count, window.Add(_tokenizer, prompt, MaxTokens, texts[row], row, divider));
                known.Add(texts[row], text);
            }

            window.TextOfRow[row] = text.Index;
            if (text.Lost > 0)
            {
                window.Vectors.MarkTruncated(row, text.Lost);
                cut++;
                lost += text.Lost;
            }
        }

        Interlocked.Add(ref _truncatedRows, cut);
        Interlocked.Add(ref _lostTokens, lost);
        return new EncodingCost(0, texts.Count - known.Count, cut, lost, TimeProvider.System.GetElapsedTime(started));
    }

    /// <summary>Runs texts, longest first, in calls as large as the model is known to take.</summary>
    /// <returns>True when each of them worked; false when some failed even alone.</returns>
    private bool Run(ReadOnlySpan<int> texts, EncodingWindow window)
    {
        var allWorked = true;
        while (texts.Length > 0)
        {
            var sequenceLength = window.Scratch.Tokens[texts[0]].Length;
            var call = texts[..Math.Min(texts.Length, _limits.Current.RowsOf(sequenceLength))];
            texts = texts[call.Length..];
            allWorked &= TryRun(call, window, out var fault) || Halve(call, sequenceLength, window, fault);
        }

        return allWorked;
    }

    /// <summary>Runs the halves of a call that failed. When both work, the size was to blame, and is remembered.</summary>
    private bool Halve(ReadOnlySpan<int> texts, int sequenceLength, EncodingWindow window, ModelCallException fault)
    {
        if (texts.Length == 1)
        {
            Fail(window.FirstRow[texts[0]], sequenceLength, window, fault);
            return false;
        }

        var provenBefore = _limits.ProvenTokens;
        var half = (texts.Length + 1) / 2;
        var bothWorked = Run(texts[..half], window) & Run(texts[half..], window);
        if (bothWorked)
        {
            _limits.Learn(texts.Length, half, sequenceLength, provenBefore);
            if (Interlocked.Exchange(ref _reductionTold, 1) == 0)
            {
                _observer.Observe(new BatchSizeReduced(texts.Length, sequenceLength, fault.Message));
            }
        }

        return bothWorked;
    }

    private bool TryRun(ReadOnlySpan<int> texts, EncodingWindow window, [NotNullWhen(false)] out ModelCallException? fault)
    {
        var batch = window.Scratch.Batch;
        batch.Fill(window.Scratch.Tokens, texts, _tokenizer.PadId);
        var results = window.Scratch.Results(batch.Rows * _model.Dimension);
        try
        {
            _model.Run(batch, results);
        }
        catch (ModelCallException exception)
        {
            fault = exception;
            return false;
        }

        fault = null;
        for (var i = 0; i < texts.Length; i++)
        {
            window.Keep(texts[i], results.Slice(i * _model.Dimension, _model.Dimension));
        }

        _limits.Succeeded(batch.Rows, batch.SequenceLength);
        Interlocked.Exchange(ref _failuresInARow, 0);
        var tokens = TensorPrimitives.Sum(batch.Lengths);
        window.TokensRun += tokens;
        Interlocked.Add(ref _tokens, tokens);
        Interlocked.Add(ref _paddedTokens, batch.Ids.Length);
        return true;
    }

    private void Fail(int row, int sequenceLength, EncodingWindow window, ModelCallException fault)
    {
        if (Interlocked.Increment(ref _failuresInARow) > MaxFailuresInARow)
        {
            throw new IngestException(
                IngestError.Configuration,
                $"The model {Description.Model} failed on more than {MaxFailuresInARow} texts in a row, each alone. "
                + $"The last time it said: {fault.Message}",
                fault);
        }

        window.Vectors.Fail(row, $"the model failed on this text of {sequenceLength} tokens alone: {fault.Message}");
    }
}
